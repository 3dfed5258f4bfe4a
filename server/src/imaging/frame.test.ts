import { frameFor } from './frame';

const photo = { width: 3000, height: 4000 };
const box = { left: 0.2, top: 0.25, width: 0.6, height: 0.5 };

it.each([
  ['main' as const, 1600],
  ['taobao_white' as const, 800],
])('lets the garment fill 85 %% of a %s canvas', (preset, canvas) => {
  const frame = frameFor(photo, box, preset);

  expect(frame).toMatchObject({ canvas, isEnlargedTooMuch: false });
  expect((box.height * frame.whole.height) / canvas).toBeCloseTo(0.85, 2);
  expect(frame.whole.width / frame.whole.height).toBeCloseTo(0.75, 2);
});

it('makes a smaller canvas rather than enlarge a small photo more than 2.2 times', () => {
  const small = { width: 600, height: 800 };

  const frame = frameFor(small, box, 'main');

  expect(frame.canvas).toBe(1035);
  expect(frame.whole.height / small.height).toBeLessThanOrEqual(2.21);
  expect(frame.isEnlargedTooMuch).toBe(true);
});

it('never goes below 800, and says so', () => {
  expect(frameFor({ width: 300, height: 400 }, box, 'main')).toMatchObject({ canvas: 800, isEnlargedTooMuch: true });
});

it('looks at no more than the photo has, when the garment reaches its edge', () => {
  const { whole, part } = frameFor(photo, { left: 0, top: 0, width: 1, height: 1 }, 'main');

  expect(part).toEqual({ left: 0, top: 0, ...whole });
});
