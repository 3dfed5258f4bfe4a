import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { drawGarmentPhoto } from '../../test/draw';
import { labelPicture } from './label';
import type { AiLabel, LabelledImage } from './port';

const label: AiLabel = { producer: '苏衣', produceId: 'task-0001/3', isVisible: false };
const visible = { ...label, isVisible: true };

/** What the file says of itself, read as a stranger would: out of the packet, out of the XML, out of the JSON. */
async function claimOf({ bytes }: LabelledImage): Promise<unknown> {
  const xmp = (await sharp(bytes).metadata()).xmp?.toString('utf8') ?? '';
  expect(xmp).toContain('xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"');
  const text = /<TC260:AIGC>([^<>"']*)<\/TC260:AIGC>/.exec(xmp)?.[1] ?? '';
  const plain = text.replace(/&(quot|apos|lt|gt|amp);/g, (_, name: string) => letters[name] ?? '');
  return JSON.parse(plain);
}
const letters: Record<string, string> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' };

const claim = (producer: string, produceId: string) => ({
  Label: '1',
  ContentProducer: producer,
  ProduceID: produceId,
  ReservedCode1: '',
  ContentPropagator: producer,
  PropagateID: produceId,
  ReservedCode2: '',
});

const prompt = 'a secret workflow, node 14';

/** As some image servers write it: the whole workflow beside the pixels. */
function withPrompt(png: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('tEXtprompt\0', 'latin1'), Buffer.from(prompt, 'latin1')]);
  const chunk = Buffer.alloc(body.byteLength + 8);
  chunk.writeUInt32BE(body.byteLength - 4);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.byteLength + 4);
  const afterHeader = 8 + 25;
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}

const clear = {
  create: { width: 768, height: 1024, channels: 4 as const, background: { r: 200, g: 30, b: 30, alpha: 0 } },
};
const vendorPictures: [name: string, make: () => Promise<Buffer>][] = [
  [
    'a JPEG with words of its own',
    async () =>
      sharp(await drawGarmentPhoto())
        .withExif({ IFD0: { ImageDescription: prompt } })
        .withXmp(`<x>${prompt}</x>`)
        .jpeg()
        .toBuffer(),
  ],
  ['a PNG with alpha and a prompt', async () => withPrompt(await sharp(clear).png().toBuffer())],
  [
    'a WebP',
    async () =>
      sharp(await drawGarmentPhoto())
        .withExif({ IFD0: { Artist: prompt } })
        .webp()
        .toBuffer(),
  ],
];

describe.each(vendorPictures)('%s', (_, make) => {
  it.each([visible, label])(
    'says on frame and thumbnail that it is generated, by whom, under which number',
    async (wish) => {
      const images = await labelPicture(await make(), wish);

      expect(images.map(({ role, contentType }) => [role, contentType])).toEqual([
        ['frame', 'image/jpeg'],
        ['thumbnail', 'image/jpeg'],
      ]);
      for (const image of images) expect(await claimOf(image)).toEqual(claim('苏衣', 'task-0001/3'));
    },
  );

  it('keeps none of the words that came with it', async () => {
    const bytes = await make();
    expect(bytes.includes(prompt)).toBe(true);

    for (const image of await labelPicture(bytes, label)) {
      const { exif, iptc, comments } = await sharp(image.bytes).metadata();
      expect([exif, iptc, comments]).toEqual([undefined, undefined, undefined]);
      expect(image.bytes.includes(prompt)).toBe(false);
    }
  });
});

it.each([
  ['quotes and tags', `"a" 'b' <c>&amp;</TC260:AIGC>]]>`, '{"x":"\\u0000"}'],
  ['controls, halves of pairs and letters that XML does not know', '\u0000\u0007\r\n\t\ud800', '\ufffe\uffff\u2028'],
  ['a face and old Chinese', '😀𠮷', '任务 1'],
])('carries %s as they are', async (_, producer, produceId) => {
  const [frame] = await labelPicture(await drawGarmentPhoto(), { producer, produceId, isVisible: false });

  expect(await claimOf(frame!)).toEqual(claim(producer, produceId));
});

it('writes the longest label that a file holds, and takes a longer one for a mistake instead of leaving it out', async () => {
  const picture = await drawGarmentPhoto();
  const [frame] = await labelPicture(picture, { ...label, producer: 'x'.repeat(29_600) });

  expect(await claimOf(frame!)).toMatchObject({ ContentProducer: 'x'.repeat(29_600) });
  await expect(labelPicture(picture, { ...label, producer: 'x'.repeat(30_000) })).rejects.toThrow('the label fits');
});

it('lays what is clear on white', async () => {
  const [frame] = await labelPicture(await sharp(clear).png().toBuffer(), label);

  expect([...(await sharp(frame!.bytes).raw().toBuffer()).subarray(0, 3)]).toEqual([255, 255, 255]);
});

it('writes 「AI生成」 into the corner of both, and touches no other place', async () => {
  const picture = await drawGarmentPhoto({ width: 1024, height: 1365, format: 'png' });
  const plain = await labelPicture(picture, label);
  const marked = await labelPicture(picture, visible);

  for (const [i, image] of marked.entries()) {
    const { width, height } = image;
    const before = await sharp(plain[i]!.bytes).raw().toBuffer();
    const after = await sharp(image.bytes).raw().toBuffer();
    let inside = 0;
    let outside = 0;
    before.forEach((level, at) => {
      const pixel = Math.floor(at / 3);
      const isCorner = pixel % width > width * 0.7 && pixel / width > height * 0.9;
      const difference = Math.abs(level - after[at]!);
      if (isCorner) inside = Math.max(inside, difference);
      else outside = Math.max(outside, difference);
    });
    expect(inside).toBeGreaterThan(70);
    expect(outside).toBeLessThanOrEqual(8); // A JPEG's blocks reach a little over the mark's edge.
  }
});

it('keeps the size of the frame up to 4096 px, and its thumbnail within 400', async () => {
  const sizesOf = async (width: number, height: number): Promise<number[][]> => {
    const picture = { create: { width, height, channels: 3 as const, background: '#987' } };
    const images = await labelPicture(await sharp(picture).jpeg().toBuffer(), visible);
    for (const image of images) {
      expect(await sharp(image.bytes).metadata()).toMatchObject({
        format: 'jpeg',
        width: image.width,
        height: image.height,
      });
    }
    return images.map((image) => [image.width, image.height]);
  };

  expect(await sizesOf(1024, 1365)).toEqual([
    [1024, 1365],
    [300, 400],
  ]);
  expect(await sizesOf(5000, 2500)).toEqual([
    [4096, 2048],
    [400, 200],
  ]);
  expect(await sizesOf(200, 240)).toEqual([
    [200, 240],
    [200, 240],
  ]);
});

it('encodes in sRGB with full colour resolution', async () => {
  const [frame] = await labelPicture(await drawGarmentPhoto({ format: 'webp' }), label);

  expect(await sharp(frame!.bytes).metadata()).toMatchObject({
    space: 'srgb',
    chromaSubsampling: '4:4:4',
    hasProfile: true,
  });
});

const flat = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#987' } });
const refused: [name: string, make: () => Promise<Buffer>, code: string][] = [
  [
    'an SVG',
    async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>'),
    'unsupported_type',
  ],
  ['a GIF', () => flat(400, 400).gif().toBuffer(), 'unsupported_type'],
  ['a text file', async () => Buffer.from('{"code":1,"msg":"no such picture"}'), 'unsupported_type'],
  ['nothing', async () => Buffer.alloc(0), 'empty'],
  ['one pixel', () => flat(1, 1).png().toBuffer(), 'too_small'],
  ['a stamp', () => flat(199, 800).png().toBuffer(), 'too_small'],
  ['a strip', () => flat(200, 2001).png().toBuffer(), 'bad_ratio'],
  ['a wall', () => flat(8000, 6300).jpeg().toBuffer(), 'too_many_pixels'],
  ['a JPEG cut short', async () => (await drawGarmentPhoto()).subarray(0, 30_000), 'unreadable'],
  ['a PNG cut short', async () => (await drawGarmentPhoto({ format: 'png' })).subarray(0, 30_000), 'unreadable'],
];
it.each(refused)('refuses %s', async (_, make, code) => {
  await expect(labelPicture(await make(), label)).rejects.toMatchObject({ name: 'ImagingRefused', code });
});
