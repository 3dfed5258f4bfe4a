/*
 * The process that decodes strangers' bytes: one job at a time, no secrets in its environment, and only three loaders in
 * libvips that can be reached at all. It is started by pool.ts, and ends when the pool's process does, however that ends.
 */
import sharp from 'sharp';
import { cleanPhoto, inspectPhoto } from './clean';
import { labelPicture } from './label';
import type { Answer, Reply, Request } from './messages';
import { loadNetwork } from './network';
import { ImagingRefused } from './port';
import { preparePhoto } from './prepare';

sharp.cache(false); // No photo comes twice, and the cache would keep strangers' pixels.
sharp.concurrency(1); // The pool runs one child per core; threads in each would only fight over them.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'] });

const network = loadNetwork();

process.on('disconnect', () => process.exit(0));
process.on('message', (request: Request) => void run(request).then(reply));

void network.then(() => reply({ state: 'ready' }));

async function run(request: Request): Promise<Reply> {
  try {
    return { state: 'done', answer: await answer(request) };
  } catch (error) {
    if (error instanceof ImagingRefused) return { state: 'refused', code: error.code };
    return { state: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function answer(request: Request): Promise<Answer> {
  switch (request.kind) {
    case 'inspect':
      return inspectPhoto(request.bytes);
    case 'clean':
      return cleanPhoto(request.bytes, request.options, await network);
    case 'prepare':
      return preparePhoto(request.bytes);
    case 'label':
      return labelPicture(request.bytes, request.label);
  }
}

function reply(message: Reply): void {
  // The pool may be gone by now; then 'disconnect' is on its way and nobody misses the answer.
  process.send?.(message, undefined, undefined, () => undefined);
}
