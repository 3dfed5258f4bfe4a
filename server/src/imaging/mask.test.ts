import { bandAround, overlap, partsOf, tidy } from './mask';
import { boxBlur, boxOf, stretch, type Plane } from './raster';

/** `#` is garment, anything else is not. */
function plane(...rows: string[]): Plane {
  const values = Uint8Array.from(rows.join(''), (mark) => (mark === '#' ? 255 : 0));
  return { values, width: rows[0]!.length, height: rows.length };
}

function rows({ values, width, height }: Plane): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from(values.subarray(y * width, (y + 1) * width), (level) => (level > 127 ? '#' : '.')).join(''),
  );
}

/** A square of `side` on a square of 100, with its top left corner at (x, y). */
function square(x: number, y: number, side: number): Plane {
  const values = Uint8Array.from({ length: 10_000 }, (_, i) => {
    const [dx, dy] = [(i % 100) - x, Math.floor(i / 100) - y];
    return dx >= 0 && dx < side && dy >= 0 && dy < side ? 255 : 0;
  });
  return { values, width: 100, height: 100 };
}

it('tells parts that touch by a corner only apart, and names the largest first', () => {
  const parts = partsOf(plane('#...', '.##.', '.##.', '....'), 'garment');

  expect(parts.map(({ area }) => area)).toEqual([4, 1]);
});

it('drops a speck, keeps a second piece, fills a pinhole and leaves a gap open', () => {
  const mask = square(10, 10, 50);
  const speck = square(80, 80, 5); // 1 % of the garment.
  const piece = square(80, 10, 15); // 9 %.
  const gap = square(20, 20, 4);
  mask.values.forEach((_, i) => {
    if (speck.values[i] || piece.values[i]) mask.values[i] = 255;
    if (gap.values[i]) mask.values[i] = 0;
  });
  mask.values[45 * 100 + 45] = 0;

  const tidied = tidy(mask);

  expect(tidied.values[82 * 100 + 82]).toBe(0);
  expect(tidied.values[15 * 100 + 85]).toBe(255);
  expect(tidied.values[45 * 100 + 45]).toBe(255);
  expect(tidied.values[21 * 100 + 21]).toBe(0);
});

it('finds the band along a border, the frame of the picture not being one', () => {
  const band = bandAround(plane('##......', '##......'), 1);

  expect([...band]).toEqual([0, 1, 2, 8, 9, 10]);
});

it('measures how far two masks agree', () => {
  expect(overlap(square(0, 0, 10), square(5, 0, 10))).toBeCloseTo(50 / 150);
  expect(overlap(plane('..'), plane('..'))).toBe(1);
});

it('finds the box of a mask, and none of an empty one', () => {
  expect(boxOf(square(12, 34, 20))).toEqual({ left: 12, top: 34, width: 20, height: 20 });
  expect(boxOf(plane('...', '...'))).toBeNull();
});

it('stretches a part of a mask without moving it, and reads nothing beyond the edge', () => {
  const mask = plane('....', '.##.', '.##.', '....');

  expect(rows(stretch(mask, { left: 1, top: 1, width: 2, height: 2 }, 4, 4))).toEqual(Array(4).fill('####'));
  expect(rows(stretch(mask, { left: 0, top: 0, width: 4, height: 4 }, 8, 8))[3]).toBe('..####..');
  expect(rows(stretch(mask, { left: -4, top: 0, width: 8, height: 4 }, 8, 4))[1]).toBe('.....##.');
});

it('blurs to the true mean of the square, at the corner too', () => {
  const mask = square(0, 0, 1);

  const blurred = boxBlur(mask, 2);

  expect(blurred.values[0]).toBe(Math.round(255 / 9));
  expect(blurred.values[2 * 100 + 2]).toBe(Math.round(255 / 25));
  expect(blurred.values[3]).toBe(0);
});
