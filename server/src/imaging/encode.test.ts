import sharp from 'sharp';
import { encodeMain, encodeThumbnail } from './encode';
import type { Rgb } from './raster';

/** A square in the middle of white, `grain` levels rough. */
function square(side: number, grain: number): Rgb {
  const pixels = new Uint8Array(side * side * 3).fill(255);
  let state = 1;
  for (let i = 0; i < side * side; i += 1) {
    if (Math.abs((i % side) / side - 0.5) > 0.42 || Math.abs(Math.floor(i / side) / side - 0.5) > 0.42) continue;
    for (let c = 0; c < 3; c += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      pixels[i * 3 + c] = 90 + (state / 2 ** 32) * grain;
    }
  }
  return { pixels, width: side, height: side };
}

it.each([
  ['one plain colour', 0],
  ['a usual texture', 25],
  ['the roughest texture there is', 160],
])('keeps %s within the 38 to 300 KB that Taobao takes', async (_, grain) => {
  const { bytes, width, height } = await encodeMain(square(800, grain), 'taobao_white');

  expect(bytes.byteLength).toBeGreaterThan(38 * 1024);
  expect(bytes.byteLength).toBeLessThan(300_000);
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width, height, chromaSubsampling: '4:4:4' });
});

it('writes sRGB with its profile and full colour resolution, and nothing about the photo', async () => {
  const { bytes, role, contentType } = await encodeMain(square(1600, 25), 'main');

  const header = await sharp(bytes).metadata();
  expect({ role, contentType }).toEqual({ role: 'main', contentType: 'image/jpeg' });
  expect(header).toMatchObject({
    width: 1600,
    height: 1600,
    space: 'srgb',
    chromaSubsampling: '4:4:4',
    hasProfile: true,
  });
  expect([header.exif, header.xmp, header.iptc]).toEqual([undefined, undefined, undefined]);
});

it('makes a small thumbnail', async () => {
  const { bytes, role, width, height } = await encodeThumbnail(square(1600, 25));

  expect({ role, width, height }).toEqual({ role: 'thumbnail', width: 400, height: 400 });
  expect(bytes.byteLength).toBeLessThan(60_000);
});
