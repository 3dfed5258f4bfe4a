import sharp, { type Sharp } from 'sharp';

/*
 * Photos drawn by code, so that the repository holds no picture of anybody's. A drawn garment must be found by the engine,
 * and what holds none must be refused: server/src/imaging/clean.test.ts keeps both promises.
 */

export type DrawnGarment = {
  width?: number;
  height?: number;
  /** CSS colours. */
  garment?: string;
  floor?: string;
  /** `png` is slow to make for large pictures. */
  format?: 'jpeg' | 'png' | 'webp';
};

// A T-shirt in a square of 1000, folds and collar included.
const shirt =
  'M345 165 C400 205 600 205 655 165 L760 205 C800 225 850 320 905 430 L775 500 L735 430 ' +
  'C738 580 740 720 745 860 C640 885 360 885 255 860 C260 720 262 580 265 430 L225 500 L95 430 C150 320 200 225 240 205 Z';

const folds = [
  'M330 400 C360 520 340 640 370 800',
  'M640 380 C610 520 650 640 620 820',
  'M480 520 C500 620 470 700 490 840',
  'M268 440 C275 390 262 330 240 290',
  'M732 440 C725 390 738 330 760 290',
];

/** A T-shirt lying on a rough floor, lit from one side. The same wish always gives the same shapes; the grain differs. */
export async function drawGarmentPhoto(wish: DrawnGarment = {}): Promise<Buffer> {
  return encode(await paint(wish), wish.format ?? 'jpeg');
}

async function paint({
  width = 900,
  height = 1200,
  garment = '#2f5d9b',
  floor = '#b9a68c',
}: DrawnGarment): Promise<Sharp> {
  // Painted small and enlarged: twelve megapixels of grain would take seconds.
  const shrink = Math.min(1, 1200 / Math.max(width, height));
  const w = Math.round(width * shrink);
  const h = Math.round(height * shrink);
  const side = Math.min(w, h) * 0.94;
  const place = `translate(${(w - side) / 2} ${(h - side) / 2}) scale(${side / 1000})`;

  const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">
    <defs>
      <linearGradient id="light" x1="0" y1="0" x2="1" y2="1">
        <stop offset="0" stop-color="#fff" stop-opacity=".22"/><stop offset="1" stop-color="#000" stop-opacity=".22"/>
      </linearGradient>
      <filter id="soft"><feGaussianBlur stdDeviation="9"/></filter>
    </defs>
    <rect width="${w}" height="${h}" fill="${floor}"/>
    <g transform="${place}">
      <path d="${shirt}" fill="#000" opacity=".35" filter="url(#soft)" transform="translate(8 12)"/>
      <path d="${shirt}" fill="${garment}"/>
      <path d="${shirt}" fill="url(#light)"/>
      <path d="M345 165 C400 250 600 250 655 165 C600 205 400 205 345 165 Z" fill="#000" opacity=".3"/>
      ${folds.map((d) => `<path d="${d}" fill="none" stroke="#000" stroke-opacity=".2" stroke-width="9" filter="url(#soft)"/>`).join('')}
    </g>
    <rect width="${w}" height="${h}" fill="url(#light)" opacity=".6"/>
  </svg>`;

  const grained = await sharp(Buffer.from(scene))
    .removeAlpha()
    .composite([{ input: await grain(w, h, 16), blend: 'soft-light' }])
    .removeAlpha()
    .png()
    .toBuffer();
  return sharp(grained).resize(width, height, { fit: 'fill' });
}

const grain = (width: number, height: number, sigma: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma } } })
    .blur(0.8)
    .png()
    .toBuffer();

function encode(picture: Sharp, format: 'jpeg' | 'png' | 'webp'): Promise<Buffer> {
  if (format === 'png') return picture.png({ compressionLevel: 3 }).toBuffer();
  return format === 'webp' ? picture.webp({ quality: 90 }).toBuffer() : picture.jpeg({ quality: 90 }).toBuffer();
}

/** Upright 900 × 1200 once the camera's `orientation` (1 to 8, EXIF) is applied, whatever the stored pixels look like. */
export async function drawWithOrientation(orientation: number): Promise<Buffer> {
  const upright = await drawGarmentPhoto({ format: 'png' });

  return storedFor(sharp(upright), orientation).then((picture) =>
    picture.jpeg({ quality: 92 }).withMetadata({ orientation }).toBuffer(),
  );
}

/** The inverse of what a viewer does for the orientation. One step an instance: sharp has its own order within one. */
async function storedFor(upright: Sharp, orientation: number): Promise<Sharp> {
  const isMirrored = [2, 4, 5, 7].includes(orientation);
  const turns: Record<number, number> = { 1: 0, 2: 0, 3: 180, 4: 180, 5: 270, 6: 270, 7: 90, 8: 90 };
  const mirrored = isMirrored ? sharp(await upright.flop().png().toBuffer()) : upright;
  const turned = await mirrored
    .rotate(turns[orientation] ?? 0)
    .png()
    .toBuffer();
  return sharp(turned);
}

/** A garment photo that carries what a phone writes into it: the maker, the time, and where the seller lives. */
export async function drawWithGps(): Promise<Buffer> {
  return (await paint({}))
    .jpeg({ quality: 90 })
    .withExif({
      IFD0: { Make: 'Secretphone', Artist: 'Seller Name' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '31/1 13/1 50/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '121/1 28/1 25/1',
      },
    })
    .toBuffer();
}

/** A garment already cut out: clear around it, as PNG. */
export async function drawCutOut(): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1000"><path d="${shirt}" fill="#a33b3b"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

export const noGarmentKinds = ['plain', 'noise', 'gradient', 'text', 'landscape', 'checks'] as const;
export type NoGarmentKind = (typeof noGarmentKinds)[number];

/** A picture in which nothing can be taken for a garment, as JPEG. */
export async function drawNoGarment(kind: NoGarmentKind, width = 900, height = 1200): Promise<Buffer> {
  if (kind === 'noise')
    return sharp(await grain(width, height, 60))
      .jpeg({ quality: 90 })
      .toBuffer();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 900 1200" preserveAspectRatio="none">${scenes[kind]()}</svg>`;
  return sharp(Buffer.from(svg)).flatten().jpeg({ quality: 90 }).toBuffer();
}

const scenes: Record<Exclude<NoGarmentKind, 'noise'>, () => string> = {
  plain: () => '<rect width="900" height="1200" fill="#8a8a8a"/>',

  gradient: () =>
    '<defs><linearGradient id="g" x2="1" y2="1"><stop offset="0" stop-color="#335"/><stop offset="1" stop-color="#eda"/></linearGradient></defs>' +
    '<rect width="900" height="1200" fill="url(#g)"/>',

  // Strokes instead of letters: a fresh machine may have no font.
  text: () =>
    '<rect width="900" height="1200" fill="#fdfdfb"/>' +
    Array.from({ length: 34 * 14 }, (_, i) => {
      const row = Math.floor(i / 14);
      const column = i % 14;
      const length = 20 + ((row * 31 + column * 17) % 29);
      return `<rect x="${80 + column * 53}" y="${90 + row * 30}" width="${length}" height="11" fill="#222"/>`;
    }).join(''),

  landscape: () =>
    '<rect width="900" height="620" fill="#9cc4e8"/><path d="M0 640 L180 430 L330 560 L560 350 L900 640 Z" fill="#6c7f93"/>' +
    '<rect y="620" width="900" height="580" fill="#6d8f4e"/><path d="M0 820 C300 760 600 900 900 800 L900 1200 L0 1200 Z" fill="#5a7c40"/>' +
    '<circle cx="720" cy="140" r="55" fill="#fff3c4"/>',

  checks: () =>
    Array.from({ length: 12 * 16 }, (_, i) => {
      const x = i % 12;
      const y = Math.floor(i / 12);
      return `<rect x="${x * 75}" y="${y * 75}" width="75" height="75" fill="${(x + y) % 2 === 0 ? '#ddd' : '#555'}"/>`;
    }).join(''),
};
