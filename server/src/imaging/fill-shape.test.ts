import { fillShape, shapeOf } from './fill-shape';

const place = { left: 0, baseline: 4, scale: 1 };
const size = { width: 5, height: 4 };
const rowsOf = (path: string, placing = place): number[][] => {
  const { values, width } = fillShape(shapeOf(path), placing, size);
  return Array.from({ length: size.height }, (_, y) => [...values.subarray(y * width, (y + 1) * width)]);
};

it('fills what lies inside and nothing else, counting upwards from the baseline', () => {
  expect(rowsOf('M1 1H4V3H1Z')).toEqual([
    [0, 0, 0, 0, 0],
    [0, 255, 255, 255, 0],
    [0, 255, 255, 255, 0],
    [0, 0, 0, 0, 0],
  ]);
});

it('covers a pixel by the part of it that lies inside', () => {
  expect(rowsOf('M1 1H4V3H1Z', { left: 0.25, baseline: 4.5, scale: 1 })).toEqual([
    [0, 0, 0, 0, 0],
    [0, 96, 128, 128, 32],
    [0, 191, 255, 255, 64],
    [0, 96, 128, 128, 32],
  ]);
});

it('leaves out a hole that is drawn the other way round, and none that is drawn the same way', () => {
  expect(rowsOf('M0 0H5V4H0ZM1 1V3H4V1Z')[1]).toEqual([255, 0, 0, 0, 255]);
  expect(rowsOf('M0 0H5V4H0ZM1 1H4V3H1Z')[1]).toEqual([255, 255, 255, 255, 255]);
});

it('follows a curve', () => {
  const side = 64;
  const circle = 'M0 32C0 50 14 64 32 64C50 64 64 50 64 32C64 14 50 0 32 0C14 0 0 14 0 32Z';
  const { values } = fillShape(shapeOf(circle), { left: 0, baseline: side, scale: 1 }, { width: side, height: side });

  const area = values.reduce((sum, cover) => sum + cover / 255, 0);
  expect(area / (Math.PI * 32 ** 2)).toBeCloseTo(1, 1.5);
});

it('cuts off what leaves the picture', () => {
  expect(rowsOf('M-9 -9H9V9H-9Z')).toEqual(Array(4).fill(Array(5).fill(255)));
});
