import { drawAiMark } from './ai-mark';
import { boxOf, type Box, type Rgb } from './raster';

const plain = (width: number, height: number, level: number): Rgb => ({
  pixels: new Uint8Array(width * height * 3).fill(level),
  width,
  height,
});

function marked(width: number, height: number, level: number): Rgb {
  const image = plain(width, height, level);
  drawAiMark(image);
  return image;
}

const greyOf = ({ pixels, width, height }: Rgb) => ({ values: pixels.filter((_, i) => i % 3 === 0), width, height });
const lettersOf = (image: Rgb): Box => boxOf(greyOf(image), 127)!;

it.each([
  [1024, 1365],
  [1365, 1024],
  [2048, 3072],
  [300, 400],
])('writes every letter at least 5 %% of the shorter side high on %d × %d', (width, height) => {
  const image = marked(width, height, 0);
  const words = lettersOf(image);
  const { values } = greyOf(image);

  // The capital A, the lowest one, is the first fifth of the words.
  const columns = Math.floor(words.width / 5);
  const capital = new Uint8Array(columns * height).map(
    (_, i) => values[Math.floor(i / columns) * width + words.left + (i % columns)]!,
  );

  const share = boxOf({ values: capital, width: columns, height }, 60)!.height / Math.min(width, height);
  expect(share).toBeGreaterThanOrEqual(0.05);
  expect(share).toBeLessThan(0.06);
});

it('keeps to the lower right corner', () => {
  const image = marked(1024, 1365, 200);
  const changed = boxOf({ ...greyOf(image), values: greyOf(image).values.map((level) => (level === 200 ? 0 : 255)) })!;

  expect(changed.left).toBeGreaterThan(1024 * 0.7);
  expect(changed.top).toBeGreaterThan(1365 * 0.9);
  expect(changed.left + changed.width).toBeLessThan(1024);
  expect(changed.top + changed.height).toBeLessThan(1365);
});

const luminance = (level: number): number => ((level / 255 + 0.055) / 1.055) ** 2.4;

it.each([0, 128, 200, 255])('can be read on a ground of %d', (ground) => {
  const image = marked(1024, 1365, ground);
  const { values } = greyOf(image);
  const words = lettersOf(marked(1024, 1365, 0));
  const part = Array.from(
    { length: words.width * words.height },
    (_, i) => values[(words.top + Math.floor(i / words.width)) * 1024 + words.left + (i % words.width)]!,
  ).sort((a, b) => a - b);

  // A third of that box is letters, the rest is the pill: its median is the pill, its top the letters.
  const pill = part[Math.floor(part.length / 2)]!;
  expect(part.at(-1)).toBe(255);
  expect((1 + 0.05) / (luminance(pill) + 0.05)).toBeGreaterThan(4.5);
});

it.each([
  [40, 400],
  [400, 40],
  [20, 20],
])('writes smaller where %d × %d leaves no room for more', (width, height) => {
  const words = lettersOf(marked(width, height, 0));

  expect(words.left).toBeGreaterThan(0);
  expect(words.left + words.width).toBeLessThan(width);
  expect(words.top + words.height).toBeLessThan(height);
});
