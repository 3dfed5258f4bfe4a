import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CleanPreset } from '@suyi/shared-types';
import sharp from 'sharp';
import { z } from 'zod';
import {
  drawCutOut,
  drawGarmentPhoto,
  drawNoGarment,
  drawWithGps,
  drawWithOrientation,
  noGarmentKinds,
} from '../../test/draw';
import { createImagingPool } from './pool';
import { ImagingRefused, type Cleaned, type CleanedImage } from './port';

jest.setTimeout(120_000);

const engine = createImagingPool({ processes: 1, timeoutMs: 30_000, jobsPerChild: 200 });
afterAll(() => engine.stop());

const clean = (bytes: Buffer, preset: CleanPreset = 'main', hasShadow = false): Promise<Cleaned> =>
  engine.clean(bytes, { preset, hasShadow });

const mainOf = ({ images }: Cleaned): CleanedImage => images.find(({ role }) => role === 'main')!;

async function codeOf(answer: Promise<Cleaned>): Promise<string> {
  try {
    await answer;
    return 'cleaned';
  } catch (error) {
    if (error instanceof ImagingRefused) return error.code;
    throw error;
  }
}

describe('a drawn garment', () => {
  const scenes: [garment: string, floor: string][] = [
    ['#2f5d9b', '#b9a68c'],
    ['#a33b3b', '#8d8f92'],
    ['#e8e4da', '#7a5a3c'],
    ['#222222', '#d8d4cc'],
    ['#d9a441', '#555a66'],
  ];
  it.each(scenes)('of %s on %s becomes a main image that passes every gate', async (garment, floor) => {
    const cleaned = await clean(await drawGarmentPhoto({ garment, floor }));

    const { measures } = cleaned;
    expect(measures.framePurity).toBe(1);
    expect(measures.backgroundPurity).toBeGreaterThan(0.997);
    expect(Math.abs(measures.fill - 0.85)).toBeLessThan(0.01);
    expect(measures.centreOffset).toBeLessThan(0.002);
    expect(measures.colourDelta).toBeLessThan(5);
    expect(measures.confidence).toBeGreaterThan(0.9);
    expect(await sharp(mainOf(cleaned).bytes).metadata()).toMatchObject({
      format: 'jpeg',
      space: 'srgb',
      hasProfile: true,
    });
  });

  it('keeps its shape: the result covers what was drawn', async () => {
    const [fromPhoto, fromCutOut] = await Promise.all([
      clean(await drawGarmentPhoto({ floor: '#8d8f92' })),
      clean(await drawCutOut()),
    ]);

    expect(await overlapOf(mainOf(fromPhoto).bytes, mainOf(fromCutOut).bytes)).toBeGreaterThan(0.97);
  });

  // decode.test.ts does all eight; here a quarter turn, a half turn and a mirrored one go the whole way.
  it('stands upright however the camera was held', async () => {
    const [upright, ...turned] = await Promise.all(
      [1, 3, 5, 6].map(async (orientation) =>
        mainOf(await clean(await drawWithOrientation(orientation), 'taobao_white')),
      ),
    );

    for (const { bytes } of turned) expect(await overlapOf(upright!.bytes, bytes)).toBeGreaterThan(0.98);
  });

  it.each(['png', 'webp'] as const)('is taken as %s too', async (format) => {
    expect(await codeOf(clean(await drawGarmentPhoto({ format })))).toBe('cleaned');
  });

  it('leaves where the seller lives out of every file', async () => {
    const photo = await drawWithGps();
    expect((await sharp(photo).metadata()).exif).toBeDefined();

    const { images } = await clean(photo);

    for (const { bytes } of images) {
      const header = await sharp(bytes).metadata();
      expect([header.exif, header.xmp, header.iptc, header.orientation]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
      expect(bytes.includes('Secretphone')).toBe(false);
    }
  });

  it('fits what Taobao takes', async () => {
    const { bytes, width, height } = mainOf(await clean(await drawGarmentPhoto(), 'taobao_white'));

    expect([width, height]).toEqual([800, 800]);
    expect(bytes.byteLength).toBeGreaterThan(38 * 1024);
    expect(bytes.byteLength).toBeLessThan(300_000);
  });

  it('casts a shadow only when asked, and never onto the frame', async () => {
    const photo = await drawGarmentPhoto();

    const [plain, shaded] = await Promise.all([clean(photo), clean(photo, 'main', true)]);

    expect(shaded.measures.framePurity).toBe(1);
    expect(shaded.measures.backgroundPurity).toBeLessThan(plain.measures.backgroundPurity);
  });

  it('tells when it is small, white on white, or cut by the frame', async () => {
    const small = await clean(await drawGarmentPhoto({ width: 400, height: 520 }));
    const white = await clean(await drawGarmentPhoto({ garment: '#f4f2ee', floor: '#7a5a3c' }));
    const cropped = await clean(
      await sharp(await drawGarmentPhoto())
        .extract({ left: 0, top: 0, width: 620, height: 1200 })
        .jpeg()
        .toBuffer(),
    );

    expect(small.measures.flags).toContain('low_resolution');
    expect(mainOf(small).width).toBeLessThan(1600);
    expect(white.measures.flags).toContain('white_on_white');
    expect(cropped.measures.flags).toContain('cropped_by_frame');
  });
});

it.each(noGarmentKinds)('finds no garment in a picture of %s', async (kind) => {
  expect(await codeOf(clean(await drawNoGarment(kind)))).toBe('garment_not_found');
  expect(await codeOf(clean(await drawNoGarment(kind, 1200, 800)))).toBe('garment_not_found');
});

/** Intersection over union of what is not white. */
async function overlapOf(a: Buffer, b: Buffer): Promise<number> {
  const [one, other] = await Promise.all(
    [a, b].map((bytes) => sharp(bytes).resize(400, 400).greyscale().raw().toBuffer()),
  );
  let both = 0;
  let either = 0;
  one!.forEach((level, i) => {
    const [inOne, inOther] = [level < 245, other![i]! < 245];
    if (inOne && inOther) both += 1;
    if (inOne || inOther) either += 1;
  });
  return both / either;
}

// Real photos are not in the repository: PHOTOS_DIR names a folder of *.jpg, with hand-drawn masks in gt/, when there is one.
const photosDir = process.env['PHOTOS_DIR'];
const photos = photosDir ? readdirSync(photosDir).filter((name) => name.endsWith('.jpg')) : [];

(photosDir ? describe : describe.skip)('real photos (skipped: PHOTOS_DIR is not set)', () => {
  it('all become an image or get a clear reason, in less than ten seconds each, and nine of ten become one', async () => {
    const codes: string[] = [];
    for (const name of photos) {
      const start = performance.now();
      codes.push(await codeOf(clean(readFileSync(join(photosDir!, name)))));
      expect(performance.now() - start).toBeLessThan(10_000);
    }

    expect(codes.filter((code) => !['cleaned', 'garment_not_found', 'quality_rejected'].includes(code))).toEqual([]);
    expect(codes.filter((code) => code === 'cleaned').length).toBeGreaterThanOrEqual(photos.length * 0.9);
  });

  it('outlines them nearly as a hand would, wherever the network sees the whole garment', () => {
    const script = join(__dirname, '../../test/outline-overlap.ts');
    const printed = execFileSync(process.execPath, ['--import', 'tsx', script, photosDir!], {
      cwd: join(__dirname, '../..'),
      encoding: 'utf8',
    });

    // Reached: .967, .972, .987; of a09 the network loses a sleeve, .826.
    const reached = z.record(z.string(), z.number()).parse(JSON.parse(printed));
    expect(reached['a04']).toBeGreaterThan(0.955);
    expect(reached['a07']).toBeGreaterThan(0.96);
    expect(reached['a11']).toBeGreaterThan(0.975);
  });

  it('asks to check the one whose sleeve it loses', async () => {
    const file = photos.find((photo) => photo.startsWith('a09'))!;

    const { measures } = await clean(readFileSync(join(photosDir!, file)));

    expect(measures.flags).toContain('please_check');
  });
});
