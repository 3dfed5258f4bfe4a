import { ciede2000, fromLinear, toLab, toLinear, type Lab } from './colour';

// Pairs from the table that goes with the formula (Sharma, Wu and Dalal, 2005): each goes through another of its branches.
const published: [Lab, Lab, number][] = [
  [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
  [[50, -1.3802, -84.2814], [50, 0, -82.7485], 1.0],
  [[50, 0, 0], [50, -1, 2], 2.3669],
  [[50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195],
  [[50, 2.5, 0], [73, 25, -18], 27.1492],
  [[50, 2.5, 0], [50, 3.2592, 0.335], 1.0],
  [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  [[22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373],
  [[90.8027, -2.0831, 1.441], [91.1528, -1.6435, 0.0447], 1.4441],
  [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
];

it.each(published)('measures the published distance from %p to %p', (a, b, distance) => {
  expect(ciede2000(a, b)).toBeCloseTo(distance, 4);
  expect(ciede2000(b, a)).toBeCloseTo(distance, 4);
});

it('knows white, black and a red of sRGB', () => {
  toLab(255, 255, 255).forEach((value, i) => expect(value).toBeCloseTo([100, 0, 0][i]!, 1));
  toLab(0, 0, 0).forEach((value) => expect(value).toBeCloseTo(0, 5));
  toLab(255, 0, 0).forEach((value, i) => expect(value).toBeCloseTo([53.24, 80.09, 67.2][i]!, 1));
});

it('comes back from linear light to every level', () => {
  for (let level = 0; level <= 255; level += 1) expect(fromLinear(toLinear(level))).toBeCloseTo(level, 3);
});
