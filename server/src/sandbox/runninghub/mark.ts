import { glyphs } from './glyphs';

const em = 1_000;
const spaceAdvance = 260;
const dotAdvance = 460;

/** What says on every frame that it is a sample: the words in a quiet pill, as SVG, `height` pixels tall, from the upper left corner. */
export function drawMark(text: string, place: { x: number; y: number; height: number }, ink: string): string {
  const { x, y, height } = place;
  const size = height * 0.56;
  const padding = height * 0.5;
  let across = 0;
  const shapes = [...text].map((character) => {
    const glyph = glyphs[character];
    const width = character === '·' ? dotAdvance : (glyph?.advance ?? spaceAdvance);
    const inset = glyph ? (width - glyph.advance) / 2 : 0;
    const shape = glyph ? `<path transform="translate(${Math.round(across + inset)} 0)" d="${glyph.path}"/>` : '';
    across += width;
    return shape;
  });

  const scale = size / em;
  const pill = `<rect x="${x}" y="${y}" width="${across * scale + padding * 2}" height="${height}" rx="${height / 2}" fill="#ffffff" fill-opacity="0.82"/>`;
  const words = `<g fill="${ink}" transform="translate(${x + padding} ${y + (height - size) / 2}) scale(${scale})">${shapes.join('')}</g>`;
  return pill + words;
}
