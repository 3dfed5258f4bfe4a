import sharp from 'sharp';
import { drawCutOut, drawGarmentPhoto, drawWithGps, drawWithOrientation } from '../../test/draw';
import { preparePhoto } from './prepare';

it('carries nothing out of the house but pixels: no place, no phone, no name', async () => {
  const photo = await drawWithGps();
  expect(photo.includes('Secretphone')).toBe(true);

  const { bytes } = await preparePhoto(photo);

  const header = await sharp(bytes).metadata();
  expect([header.exif, header.xmp, header.iptc, header.comments]).toEqual([undefined, undefined, undefined, undefined]);
  expect(bytes.includes('Secretphone') || bytes.includes('Seller Name') || bytes.includes('Exif')).toBe(false);
});

it('stands upright whatever the camera held', async () => {
  const thumbnailOf = async (orientation: number): Promise<Buffer> => {
    const { bytes, width, height } = await preparePhoto(await drawWithOrientation(orientation));
    expect([width, height]).toEqual([900, 1200]);
    expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
    return sharp(bytes).resize(60, 80).raw().toBuffer();
  };
  const upright = await thumbnailOf(1);

  for (let orientation = 2; orientation <= 8; orientation += 1) {
    const turned = await thumbnailOf(orientation);
    const difference = upright.reduce((sum, level, i) => sum + Math.abs(level - turned[i]!), 0) / upright.length;
    expect(difference).toBeLessThan(6);
  }
});

it('is a JPEG in sRGB of at most 2048 px, and no larger than the photo was', async () => {
  const large = await preparePhoto(await drawGarmentPhoto({ width: 3000, height: 4000 }));
  const small = await preparePhoto(await drawGarmentPhoto({ width: 600, height: 500, format: 'webp' }));

  expect(large).toMatchObject({ contentType: 'image/jpeg', width: 1536, height: 2048 });
  expect(small).toMatchObject({ contentType: 'image/jpeg', width: 600, height: 500 });
  expect(await sharp(large.bytes).metadata()).toMatchObject({
    format: 'jpeg',
    width: 1536,
    height: 2048,
    space: 'srgb',
    chromaSubsampling: '4:4:4',
  });
});

it('turns the colours of a wider space into sRGB', async () => {
  const red = { create: { width: 400, height: 400, channels: 3 as const, background: '#c83c3c' } };

  const { bytes } = await preparePhoto(await sharp(red).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer());

  const [r, g, b] = await sharp(bytes).raw().toBuffer();
  [r, g, b].forEach((level, i) => expect(Math.abs(level! - [200, 60, 60][i]!)).toBeLessThanOrEqual(4));
});

it('lays a garment that was cut out on white', async () => {
  const { bytes } = await preparePhoto(await drawCutOut());

  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
  expect(data[(500 * info.width + 500) * 3]).toBeLessThan(190);
});

it.each([
  ['nothing', Buffer.alloc(0), 'empty'],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>'), 'unsupported_type'],
  ['a few bytes of a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 'unreadable'],
])('refuses %s as cleaning does', async (_, bytes, code) => {
  await expect(preparePhoto(bytes)).rejects.toMatchObject({ name: 'ImagingRefused', code });
});

it('refuses a photo that is too small, or cut short', async () => {
  const photo = await drawGarmentPhoto();
  const small = await sharp(photo).resize(299, 400).jpeg().toBuffer();

  await expect(preparePhoto(small)).rejects.toMatchObject({ code: 'too_small' });
  await expect(preparePhoto(photo.subarray(0, photo.byteLength / 2))).rejects.toMatchObject({ code: 'unreadable' });
});
