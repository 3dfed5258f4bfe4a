import { crc32 } from 'node:zlib';

/**
 * What the vendor does unless it is told `addMetadata: false`: the prompt stands in every picture, for whoever opens the file. A
 * comment in a JPEG, a text in a PNG.
 */
export function writePrompt(picture: Buffer, extension: 'jpg' | 'png', prompt: string): Buffer {
  const text = Buffer.from(JSON.stringify({ prompt }));
  return extension === 'png' ? insert(picture, pngHeadBytes, pngText(text)) : insert(picture, 2, jpegComment(text));
}

const pngHeadBytes = 33; // The signature and the first chunk.

function pngText(text: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('tEXtprompt\0', 'latin1'), text]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length - 4, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function jpegComment(text: Buffer): Buffer {
  const body = text.subarray(0, 65_000);
  const head = Buffer.from([0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

const insert = (bytes: Buffer, at: number, piece: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
