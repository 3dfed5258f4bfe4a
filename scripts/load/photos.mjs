import { fromServer } from './product.mjs';

const shirt =
  'M345 165 C400 205 600 205 655 165 L760 205 C800 225 850 320 905 430 L775 500 L735 430 ' +
  'C738 580 740 720 745 860 C640 885 360 885 255 860 C260 720 262 580 265 430 L225 500 L95 430 C150 320 200 225 240 205 Z';

const wishes = [
  { garment: '#2f5d9b', floor: '#b9a68c' },
  { garment: '#8c2f39', floor: '#c9c4bb' },
  { garment: '#2b6e4f', floor: '#cdb79e' },
  { garment: '#3a3a42', floor: '#bfae9a' },
  { garment: '#7a4fa3', floor: '#c4b8a2' },
];

/** T-shirts on a floor, drawn by code: small photos, so that what is measured is the product and not one encoder. */
export function drawPhotos() {
  return Promise.all(wishes.map(draw));
}

async function draw({ garment, floor }) {
  const sharp = fromServer('sharp');
  const [width, height] = [480, 640];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="light" x1="0" y1="0" x2="1" y2="1">
        <stop offset="0" stop-color="#fff" stop-opacity=".22"/><stop offset="1" stop-color="#000" stop-opacity=".22"/>
      </linearGradient>
      <filter id="soft"><feGaussianBlur stdDeviation="9"/></filter>
    </defs>
    <rect width="100%" height="100%" fill="${floor}"/>
    <g transform="translate(14 94) scale(0.45)">
      <path d="${shirt}" fill="#000" opacity=".35" filter="url(#soft)" transform="translate(8 12)"/>
      <path d="${shirt}" fill="${garment}"/>
      <path d="${shirt}" fill="url(#light)"/>
    </g>
  </svg>`;
  const noise = { type: 'gaussian', mean: 128, sigma: 16 };
  const grain = await sharp({ create: { width, height, channels: 3, background: '#000', noise } })
    .blur(0.8)
    .png()
    .toBuffer();
  return sharp(Buffer.from(svg))
    .removeAlpha()
    .composite([{ input: grain, blend: 'soft-light' }])
    .removeAlpha()
    .jpeg({ quality: 90 })
    .toBuffer();
}
