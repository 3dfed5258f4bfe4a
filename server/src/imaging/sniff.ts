import type { PhotoContentType } from '@suyi/shared-types';
import { ImagingRefused } from './port';

export type FileKind =
  'empty' | 'jpeg' | 'png' | 'webp' | 'heic' | 'avif' | 'gif' | 'tiff' | 'bmp' | 'pdf' | 'svg' | 'html' | 'unknown';

const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1']);

/** What the first bytes say, whatever the name or the declared type says. Touches no decoder. */
export function sniff(bytes: Uint8Array): FileKind {
  if (bytes.byteLength === 0) return 'empty';

  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 512)).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'webp';
  if (head.startsWith('ftyp', 4)) return sniffBrand(head);
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif';
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return 'tiff';
  if (head.startsWith('BM')) return 'bmp';
  if (head.startsWith('%PDF-')) return 'pdf';

  return sniffMarkup(head);
}

function sniffBrand(head: string): FileKind {
  const brand = head.slice(8, 12);
  if (brand === 'avif' || brand === 'avis') return 'avif';
  return heicBrands.has(brand) ? 'heic' : 'unknown';
}

function sniffMarkup(head: string): FileKind {
  const text = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (!text.startsWith('<')) return 'unknown';
  if (text.includes('<svg')) return 'svg';
  return /<(!doctype html|html|head|body|script)/.test(text) ? 'html' : 'unknown';
}

/** The type of a photo that the engine takes. Throws `ImagingRefused`: `empty`, `heic_unsupported` or `unsupported_type`. */
export function acceptedTypeOf(bytes: Uint8Array): PhotoContentType {
  switch (sniff(bytes)) {
    case 'jpeg':
      return 'image/jpeg';
    case 'png':
      return 'image/png';
    case 'webp':
      return 'image/webp';
    case 'empty':
      throw new ImagingRefused('empty');
    case 'heic':
      throw new ImagingRefused('heic_unsupported');
    default:
      throw new ImagingRefused('unsupported_type');
  }
}
