import { drawCutOut, drawGarmentPhoto, drawNoGarment } from '../../test/draw';
import { openPhoto, view, type View } from './decode';
import { graphCut } from './graph-cut';
import { overlap } from './mask';
import { smoothContour } from './matte';
import { findOutline } from './outline';
import { guessPrior } from './prior';
import { decontaminate } from './rim';
import type { Plane, Rgb } from './raster';

// Here without the network, which cannot be loaded inside jest; clean.test.ts has it, through the engine's own children.
const seen = async (bytes: Buffer): Promise<View> => view(await openPhoto(bytes), { side: 640 });

/** A disc of `colour` in the middle of a `floor`; `truth` is where. */
function disc(colour: number[], floor: number[]): { photo: Rgb; truth: Plane } {
  const side = 160;
  const pixels = new Uint8Array(side * side * 3);
  const values = new Uint8Array(side * side);
  for (let i = 0; i < side * side; i += 1) {
    values[i] = Math.hypot((i % side) - 80, Math.floor(i / side) - 80) < 50 ? 255 : 0;
    for (let c = 0; c < 3; c += 1) pixels[i * 3 + c] = (values[i] ? colour : floor)[c]! + ((i * 13 + c) % 7);
  }
  return { photo: { pixels, width: side, height: side }, truth: { values, width: side, height: side } };
}

it('repairs a prior that lost a third of the garment, by colour', () => {
  const { photo, truth } = disc([160, 60, 50], [120, 130, 125]);
  const prior = { ...truth, values: truth.values.map((level, i) => (level && i % 160 < 65 ? 110 : level ? 240 : 10)) };

  const cut = graphCut(photo, prior);

  expect(overlap(prior, truth)).toBeLessThan(0.7);
  expect(overlap(cut, truth)).toBeGreaterThan(0.99);
});

it('follows the prior where colours cannot tell', () => {
  const { photo, truth } = disc([120, 120, 120], [120, 120, 120]);
  const prior = { ...truth, values: truth.values.map((level) => (level ? 240 : 10)) };

  expect(overlap(graphCut(photo, prior), truth)).toBeGreaterThan(0.97);
});

it('finds a plain garment without the network, and never calls that sure', async () => {
  const photo = await seen(await drawGarmentPhoto());

  const outline = await findOutline(photo, null);

  expect(outline.partsCount).toBe(1);
  expect(outline.touchesFrame).toBe(false);
  expect(outline.confidence).toBeGreaterThan(0.6);
  expect(outline.confidence).toBeLessThan(0.8);
});

it.each(['plain', 'noise', 'gradient', 'text'] as const)('guesses no garment into a picture of %s', async (kind) => {
  await expect(findOutline(await seen(await drawNoGarment(kind)), null)).rejects.toMatchObject({
    code: 'garment_not_found',
  });
});

it('believes the alpha of a photo that was already cut out', async () => {
  const photo = await seen(await drawCutOut());

  const outline = await findOutline(photo, null);

  expect(outline).toMatchObject({ isOwnAlpha: true, confidence: 1 });
  expect(outline.mask).toBe(photo.alpha);
});

it('guesses the middle rather than the frame', () => {
  const { photo } = disc([160, 60, 50], [120, 130, 125]);

  const { values, width } = guessPrior(photo);

  expect(values[80 * width + 80]).toBeGreaterThan(200);
  expect(values[5 * width + 5]).toBeLessThan(60);
});

it('leaves a smooth edge two pixels wide, opaque inside and clear outside', () => {
  const { truth } = disc([0, 0, 0], [255, 255, 255]);

  const soft = smoothContour(truth, 2);

  const row = soft.values.subarray(80 * 160, 81 * 160);
  expect([row[80], row[34], row[26], row[0]]).toEqual([255, 255, 0, 0]);
  const partly = row.filter((level) => level > 0 && level < 255).length;
  expect(partly).toBeGreaterThanOrEqual(2);
  expect(partly).toBeLessThanOrEqual(8);
});

it("takes the floor's colour out of the rim and leaves the inside as it was", () => {
  const { photo, truth } = disc([60, 60, 160], [200, 40, 40]);
  const before = Uint8Array.from(photo.pixels);
  const rim = 80 * 160 + 31; // The garment's leftmost pixels; here the floor shines through.
  photo.pixels.set([150, 48, 90], rim * 3);

  decontaminate(photo, truth, 3);

  expect(Math.abs(photo.pixels[rim * 3]! - 62)).toBeLessThan(12);
  expect(Math.abs(photo.pixels[rim * 3 + 2]! - 162)).toBeLessThan(12);
  const middle = (80 * 160 + 80) * 3;
  expect(photo.pixels.subarray(middle, middle + 3)).toEqual(before.subarray(middle, middle + 3));
});
