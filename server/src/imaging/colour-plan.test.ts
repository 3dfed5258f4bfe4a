import { ciede2000, toLab } from './colour';
import { planColours, toneTables, unchanged } from './colour-plan';
import type { Plane, Rgb } from './raster';

type Colour = [number, number, number];
const side = 200;

/** A garment in the middle of a floor; both with a little grain. */
function scene(floor: Colour, garment: Colour): { photo: Rgb; mask: Plane } {
  const pixels = new Uint8Array(side * side * 3);
  const values = new Uint8Array(side * side);
  for (let i = 0; i < side * side; i += 1) {
    const isGarment = Math.abs((i % side) - 100) < 50 && Math.abs(Math.floor(i / side) - 100) < 60;
    values[i] = isGarment ? 255 : 0;
    const colour = isGarment ? garment : floor;
    for (let c = 0; c < 3; c += 1) pixels[i * 3 + c] = colour[c]! + ((i * 7 + Math.floor(i / side)) % 3) - 1;
  }
  return { photo: { pixels, width: side, height: side }, mask: { values, width: side, height: side } };
}

const distanceToGrey = ([r, g, b]: Colour): number =>
  ciede2000(toLab(r, g, b), toLab((r + g + b) / 3, (r + g + b) / 3, (r + g + b) / 3));

it('takes a light cast out of a white wall', () => {
  const wall: Colour = [205, 200, 190];
  const { photo, mask } = scene(wall, [140, 40, 45]);

  const tables = toneTables(planColours(photo, mask));

  const after: Colour = [tables[0][wall[0]]!, tables[1][wall[1]]!, tables[2][wall[2]]!];
  expect(distanceToGrey(after)).toBeLessThan(distanceToGrey(wall) / 2);
});

it.each<[string, Colour, Colour]>([
  ['a wooden floor is no reference', [150, 95, 55], [140, 140, 145]],
  ['a neutral wall that is bright enough needs nothing', [228, 228, 228], [40, 60, 120]],
  ['a dark garment on a normal floor stays dark', [150, 120, 90], [30, 30, 32]],
])('leaves the photo alone: %s', (_, floor, garment) => {
  const { photo, mask } = scene(floor, garment);

  expect(planColours(photo, mask)).toEqual(unchanged);
});

it('never turns a white shirt blue: what its greys would lose vetoes the balance', () => {
  const { photo, mask } = scene([205, 200, 190], [215, 215, 216]);

  const [r, g, b] = planColours(photo, mask);

  expect(r).toBe(g);
  expect(g).toBe(b);
});

it('never burns out a bright garment', () => {
  const { photo, mask } = scene([190, 190, 190], [238, 236, 232]);

  expect(Math.max(...planColours(photo, mask))).toBeLessThanOrEqual(1.03);
});
