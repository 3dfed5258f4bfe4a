import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { drawGarmentPhoto, drawWithOrientation } from '../../test/draw';
import { openPhoto, readThrough, view, viewPart, type View } from './decode';
import { ImagingRefused } from './port';

const flat = (width: number, height: number, background = '#c83c3c') =>
  sharp({ create: { width, height, channels: 3, background } });

async function refusalOf(bytes: Uint8Array): Promise<string | null> {
  try {
    await readThrough(await openPhoto(bytes));
    return null;
  } catch (error) {
    if (error instanceof ImagingRefused) return error.code;
    throw error;
  }
}

const pixelAt = ({ pixels, width }: View, x: number, y: number): number[] => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('the door', () => {
  it('refuses a photo cut short on its way', async () => {
    const whole = await drawGarmentPhoto();
    const png = await drawGarmentPhoto({ format: 'png' });

    expect(await refusalOf(whole)).toBeNull();
    expect(await refusalOf(whole.subarray(0, Math.floor(whole.byteLength * 0.6)))).toBe('unreadable');
    expect(await refusalOf(png.subarray(0, Math.floor(png.byteLength * 0.6)))).toBe('unreadable');
    expect(await refusalOf(whole.subarray(0, 20))).toBe('unreadable');
  });

  it('refuses what is too small, too long or too large by its header, before a pixel is decoded', async () => {
    expect(await refusalOf(await flat(299, 800).png().toBuffer())).toBe('too_small');
    expect(await refusalOf(await flat(300, 300).png().toBuffer())).toBeNull();
    expect(await refusalOf(await flat(320, 3201).png().toBuffer())).toBe('bad_ratio');
    expect(await refusalOf(pngOf(40, 60_000))).toBe('bad_ratio');
    expect(await refusalOf(pngOf(30_000, 30_000))).toBe('too_many_pixels');
    expect(await refusalOf(await lyingJpeg(30_000, 30_000))).toBe('too_many_pixels');
  });

  it('gives up on a header that promises more rows than there are', async () => {
    expect(await refusalOf(pngOf(3_000, 3_000))).toBe('unreadable');
  });

  it('reads a photo whose tail holds something else', async () => {
    const tailed = Buffer.concat([await drawGarmentPhoto(), Buffer.from('<script>alert(1)</script>')]);

    expect(await refusalOf(tailed)).toBeNull();
  });
});

describe('a view', () => {
  it('stands upright whatever the camera held', async () => {
    const reference = await view(await openPhoto(await drawWithOrientation(1)), { side: 96 });

    for (let orientation = 2; orientation <= 8; orientation += 1) {
      const photo = await openPhoto(await drawWithOrientation(orientation));
      const turned = await view(photo, { side: 96 });

      expect([photo.width, photo.height]).toEqual([900, 1200]);
      expect([turned.width, turned.height]).toEqual([reference.width, reference.height]);
      expect(meanDifference(reference, turned)).toBeLessThan(6);
    }
  });

  it('is never larger than the photo', async () => {
    const photo = await openPhoto(await flat(400, 320).jpeg().toBuffer());

    expect(await view(photo, { side: 640 })).toMatchObject({ width: 400, height: 320, alpha: null });
  });

  const red = [200, 60, 60];
  // The printing profile cannot hold that red.
  const kinds: [name: string, make: () => Promise<Buffer>, colour: number[], tolerance?: number][] = [
    ['CMYK JPEG', () => flat(400, 400).toColourspace('cmyk').jpeg().toBuffer(), red, 24],
    ['16-bit PNG', () => flat(400, 400).toColourspace('rgb16').png().toBuffer(), red],
    ['Display P3 JPEG', () => flat(400, 400).withIccProfile('p3').jpeg().toBuffer(), red],
    ['grey JPEG', () => flat(400, 400, '#808080').toColourspace('b-w').jpeg().toBuffer(), [128, 128, 128]],
    ['palette PNG', () => flat(400, 400).png({ palette: true }).toBuffer(), red],
    ['WebP', () => flat(400, 400).webp().toBuffer(), red],
  ];
  it.each(kinds)('of a %s is 8-bit sRGB of three channels', async (_, make, colour, tolerance = 4) => {
    const seen = await view(await openPhoto(await make()), { side: 400 });

    expect(seen.pixels).toHaveLength(400 * 400 * 3);
    pixelAt(seen, 200, 200).forEach((level, c) => expect(Math.abs(level - colour[c]!)).toBeLessThanOrEqual(tolerance));
  });

  it.each([['colour', 'srgb'] as const, ['grey', 'b-w'] as const])(
    'keeps the alpha of a %s picture apart',
    async (_, space) => {
      const half = {
        create: { width: 400, height: 400, channels: 4 as const, background: { r: 90, g: 90, b: 90, alpha: 0.5 } },
      };
      const seen = await view(await openPhoto(await sharp(half).toColourspace(space).png().toBuffer()), { side: 400 });

      expect(pixelAt(seen, 10, 10)).toEqual([90, 90, 90]);
      expect(Math.abs(seen.alpha!.values[1234]! - 128)).toBeLessThanOrEqual(1);
    },
  );

  it('of a part shows the same place as the whole does', async () => {
    const photo = await openPhoto(await drawWithOrientation(6));
    const whole = await view(photo, { side: 1200 });
    const part = await viewPart(photo, { width: 900, height: 1200 }, { left: 200, top: 300, width: 350, height: 420 });

    expect([part.width, part.height]).toEqual([350, 420]);
    expect(pixelAt(part, 100, 90)).toEqual(pixelAt(whole, 300, 390));
  });
});

function meanDifference(a: View, b: View): number {
  let sum = 0;
  for (let i = 0; i < a.pixels.length; i += 1) sum += Math.abs(a.pixels[i]! - b.pixels[i]!);
  return sum / a.pixels.length;
}

/** A real JPEG of 400 × 400 whose frame header says something else. */
async function lyingJpeg(width: number, height: number): Promise<Buffer> {
  const jpeg = await flat(400, 400).jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  jpeg.writeUInt16BE(height, frame + 5);
  jpeg.writeUInt16BE(width, frame + 7);
  return jpeg;
}

/** A PNG that has a right header for its size and almost no rows. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.byteLength);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
