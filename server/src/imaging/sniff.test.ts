import { ImagingRefused } from './port';
import { acceptedTypeOf, sniff } from './sniff';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const ftyp = (brand: string): Buffer => bytes(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}`);

const cases: [name: string, head: Buffer, kind: string, answer: string][] = [
  ['a JPEG', bytes('\xff\xd8\xff\xe1..Exif'), 'jpeg', 'image/jpeg'],
  ['a PNG', bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'png', 'image/png'],
  ['a WebP', bytes('RIFF\x10\0\0\0WEBPVP8 '), 'webp', 'image/webp'],
  ['nothing at all', bytes(''), 'empty', 'empty'],
  ["an iPhone's HEIC", ftyp('heic'), 'heic', 'heic_unsupported'],
  ['a HEIF of the general brand', ftyp('mif1'), 'heic', 'heic_unsupported'],
  ['an AVIF', ftyp('avif'), 'avif', 'unsupported_type'],
  ['a film', ftyp('isom'), 'unknown', 'unsupported_type'],
  ['a GIF', bytes('GIF89a\x01\0\x01\0'), 'gif', 'unsupported_type'],
  ['a TIFF', bytes('II*\0\x08\0\0\0'), 'tiff', 'unsupported_type'],
  ['a BMP', bytes('BM\x36\0\0\0'), 'bmp', 'unsupported_type'],
  ['a PDF', bytes('%PDF-1.7\n'), 'pdf', 'unsupported_type'],
  ['an SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'svg', 'unsupported_type'],
  [
    'an SVG behind a declaration',
    bytes('\xef\xbb\xbf<?xml version="1.0"?>\n<!DOCTYPE svg><svg/>'),
    'svg',
    'unsupported_type',
  ],
  ['a web page', bytes('\n<!DOCTYPE html><html></html>'), 'html', 'unsupported_type'],
  ['a RIFF that is sound', bytes('RIFF\x10\0\0\0WAVEfmt '), 'unknown', 'unsupported_type'],
  ['one byte', bytes('\xff'), 'unknown', 'unsupported_type'],
  ['plain words', bytes('hello, I am a photo.jpg'), 'unknown', 'unsupported_type'],
];

it.each(cases)('knows %s by its bytes alone', (_, head, kind, answer) => {
  expect(sniff(head)).toBe(kind);
  expect(answerTo(head)).toBe(answer);
});

it('looks at a view into a larger buffer, and not at what lies before it', () => {
  const packet = Buffer.concat([bytes('<svg>'), bytes('\xff\xd8\xff\xe0')]);

  expect(sniff(packet.subarray(5))).toBe('jpeg');
});

function answerTo(head: Buffer): string {
  try {
    return acceptedTypeOf(head);
  } catch (error) {
    if (error instanceof ImagingRefused) return error.code;
    throw error;
  }
}
