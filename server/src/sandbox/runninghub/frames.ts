import sharp from 'sharp';
import { drawBackdrop, paletteOf, sceneOf } from './backdrop';
import { drawFigure, poses } from './figure';
import { drawMark } from './mark';
import type { UploadedPhoto } from './uploads';

export type FrameWish = { photo: UploadedPhoto; prompt: string; number: number; extension: 'jpg' | 'png' };

export type Frames = {
  /** One picture of a job: number 0 is the photo itself, 1 to 12 are samples that show it. The same wish gives the same bytes. */
  draw(wish: FrameWish): Promise<Buffer>;
};

/** Where things stand, in shares of the frame: the middle of the hips, how tall the figure is, and the photo's card. */
type Composition = {
  x: number;
  y: number;
  tall: number;
  card: { x: number; y: number; side: number; turn: number; isDetail?: boolean };
};

const compositions: readonly [Composition, ...Composition[]] = [
  { x: 0.66, y: 0.53, tall: 0.78, card: { x: 0.26, y: 0.6, side: 0.4, turn: -3 } },
  { x: 0.36, y: 0.53, tall: 0.78, card: { x: 0.75, y: 0.36, side: 0.38, turn: 3 } },
  { x: 0.6, y: 0.54, tall: 0.76, card: { x: 0.22, y: 0.32, side: 0.32, turn: -4 } },
  { x: 0.5, y: 0.86, tall: 1.3, card: { x: 0.77, y: 0.76, side: 0.36, turn: 4, isDetail: true } },
  { x: 0.36, y: 0.55, tall: 0.74, card: { x: 0.74, y: 0.68, side: 0.42, turn: 2 } },
  { x: 0.68, y: 0.53, tall: 0.8, card: { x: 0.26, y: 0.44, side: 0.4, turn: 0 } },
  { x: 0.4, y: 0.84, tall: 1.26, card: { x: 0.77, y: 0.33, side: 0.36, turn: -3 } },
  { x: 0.58, y: 0.54, tall: 0.77, card: { x: 0.22, y: 0.7, side: 0.34, turn: -5, isDetail: true } },
  { x: 0.34, y: 0.53, tall: 0.78, card: { x: 0.74, y: 0.52, side: 0.44, turn: 3 } },
  { x: 0.6, y: 0.6, tall: 0.82, card: { x: 0.24, y: 0.36, side: 0.38, turn: -2 } },
  { x: 0.42, y: 0.57, tall: 0.72, card: { x: 0.78, y: 0.66, side: 0.36, turn: 5 } },
  { x: 0.62, y: 0.92, tall: 1.44, card: { x: 0.24, y: 0.72, side: 0.4, turn: -3, isDetail: true } },
];

const isOfMan = (prompt: string): boolean => /\bman\b|\bmale\b|男/i.test(prompt);

type Size = { width: number; height: number };

const keptBytesMax = 96 * 1024 * 1024;

/** Draws what stands in for the vendor's pictures, and keeps it: many jobs with one photo cost no more than one. */
export function createFrames(options: { width: number }): Frames {
  const size = { width: options.width, height: Math.round((options.width * 4) / 3) };
  const kept = new Map<string, Promise<Buffer>>();
  let keptBytes = 0;

  function keep(key: string, drawing: Promise<Buffer>): void {
    kept.set(key, drawing);
    const settle = async (): Promise<void> => {
      keptBytes += (await drawing).length;
      for (const [oldest, bytes] of kept) {
        if (keptBytes <= keptBytesMax || oldest === key) break;
        kept.delete(oldest);
        keptBytes -= (await bytes).length;
      }
    };
    settle().catch(() => kept.delete(key));
  }

  return {
    draw(wish) {
      const key = `${wish.photo.hash} ${sceneOf(wish.prompt)} ${isOfMan(wish.prompt)} ${wish.number} ${wish.extension}`;
      const found = kept.get(key);
      if (found) return found;
      const drawing = wish.number === 0 ? encode(sharp(wish.photo.bytes), wish) : drawSample(wish, size);
      keep(key, drawing);
      return drawing;
    },
  };
}

async function drawSample(wish: FrameWish, size: Size): Promise<Buffer> {
  const { width, height } = size;
  const index = (wish.number - 1) % compositions.length;
  const composition = compositions[index] ?? compositions[0];
  const scene = sceneOf(wish.prompt);
  const palette = paletteOf(scene);
  const garment = await garmentColourOf(wish.photo);

  const figure = drawFigure({
    pose: poses[index] ?? poses[0],
    x: composition.x * width,
    y: composition.y * height,
    height: composition.tall * height,
    hasKnot: !isOfMan(wish.prompt),
    colours: { ...palette, garment },
  });
  const markHeight = height * 0.042;
  const mark = drawMark(
    `样片 ${wish.number}/12 · 沙箱`,
    { x: width * 0.04, y: width * 0.04, height: markHeight },
    palette.ink,
  );
  const scenery = svg(size, drawBackdrop(scene, size, ((index * 5) % 12) / 11) + figure);

  const card = await cutCard(wish.photo, composition.card, size);
  return encode(sharp(scenery).composite([card, { input: svg(size, mark), left: 0, top: 0 }]), wish);
}

/** What the middle of the photo looks like, which is mostly the garment. */
async function garmentColourOf(photo: UploadedPhoto): Promise<string> {
  const grid = 9;
  const pixels = await upright(photo)
    .flatten({ background: '#ffffff' })
    .resize(grid, grid, { fit: 'fill' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  const middle = [3, 4, 5].flatMap((row) => [3, 4, 5].map((column) => (row * grid + column) * 3));
  const mean = (channel: number): number =>
    Math.round(middle.reduce((sum, start) => sum + (pixels[start + channel] ?? 0), 0) / middle.length);
  return `rgb(${mean(0)},${mean(1)},${mean(2)})`;
}

/** The photo with round corners on white paper, a little turned, and its shadow. A detail is the middle of it, closer. */
async function cutCard(
  photo: UploadedPhoto,
  { x, y, side, turn, isDetail = false }: Composition['card'],
  size: Size,
): Promise<sharp.OverlayOptions> {
  const box = Math.max(4, Math.round(side * size.width));
  const zoomed = isDetail ? { width: box * 2, height: box * 2, fit: 'cover' as const } : null;
  const shrunk = upright(photo).flatten({ background: '#ffffff' });
  const fitted = zoomed
    ? sharp(await shrunk.resize(zoomed).png().toBuffer()).extract({
        left: Math.round(box * 0.5),
        top: Math.round(box * 0.5),
        width: box,
        height: box,
      })
    : shrunk.resize({ width: box, height: Math.round(box * 1.3), fit: 'inside' });
  const { data: picture, info } = await fitted.png().toBuffer({ resolveWithObject: true });

  const paper = paperAround(info, size.width);
  const laid = await sharp(paper.shadow)
    .composite([{ input: await rounded(picture, info, paper.corner), left: paper.margin, top: paper.margin }])
    .png()
    .toBuffer();
  const { data: input, info: turned } = await sharp(laid)
    .rotate(turn, { background: '#00000000' })
    .png()
    .toBuffer({ resolveWithObject: true });
  return {
    input,
    left: Math.round(x * size.width - turned.width / 2),
    top: Math.round(y * size.height - turned.height / 2),
  };
}

/** White paper with a soft shadow, larger than the picture by its margin on every side. */
function paperAround(picture: Size, frameWidth: number): { shadow: Buffer; margin: number; corner: number } {
  const border = Math.max(1, Math.round(frameWidth * 0.011));
  const blur = frameWidth * 0.014;
  const room = Math.max(1, Math.round(frameWidth * 0.045));
  const corner = frameWidth * 0.022;
  const paper = { width: picture.width + border * 2, height: picture.height + border * 2 };
  const whole = { width: paper.width + room * 2, height: paper.height + room * 2 };
  const sheet = (fill: string, more: string): string =>
    `<rect x="${room}" y="${room}" width="${paper.width}" height="${paper.height}" rx="${corner + border}" fill="${fill}" ${more}/>`;
  const filter = `<defs><filter id="soft" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="${blur}"/></filter></defs>`;
  const shade = sheet('#2a211a', `opacity="0.34" filter="url(#soft)" transform="translate(0 ${blur * 0.7})"`);
  return { shadow: svg(whole, filter + shade + sheet('#ffffff', '')), margin: room + border, corner };
}

function rounded(picture: Buffer, size: Size, corner: number): Promise<Buffer> {
  const mask = svg(size, `<rect width="${size.width}" height="${size.height}" rx="${corner}" fill="#ffffff"/>`);
  return sharp(picture)
    .ensureAlpha()
    .composite([{ input: mask, blend: 'dest-in' }])
    .png()
    .toBuffer();
}

const upright = (photo: UploadedPhoto): sharp.Sharp => sharp(photo.bytes, { failOn: 'none' }).rotate();

const svg = ({ width, height }: Size, content: string): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`);

const encode = (image: sharp.Sharp, { extension }: Pick<FrameWish, 'extension'>): Promise<Buffer> =>
  extension === 'png' ? image.removeAlpha().png().toBuffer() : image.flatten().jpeg({ quality: 88 }).toBuffer();
