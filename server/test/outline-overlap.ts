/*
 * Run by itself, in plain Node, as the engine's children are: jest's sandbox has another Float32Array than the network's
 * native library. Prints, for every photo of a folder that has a hand-drawn mask in gt/, its name and the IoU, as JSON.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { openPhoto, view } from '../src/imaging/decode';
import { overlap } from '../src/imaging/mask';
import { loadNetwork } from '../src/imaging/network';
import { findOutline } from '../src/imaging/outline';
import type { Plane } from '../src/imaging/raster';

async function main(folder: string): Promise<void> {
  const network = await loadNetwork();
  const reached: Record<string, number> = {};

  for (const file of readdirSync(folder)) {
    const name = file.slice(0, 3);
    const drawnFile = join(folder, 'gt', `${name}.png`);
    if (!file.endsWith('.jpg') || !existsSync(drawnFile)) continue;

    const photo = await view(await openPhoto(readFileSync(join(folder, file))), { side: 640 });
    const { mask } = await findOutline(photo, network);
    const drawn = await maskOf(drawnFile, mask);
    const ignored = await maskOf(join(folder, 'gt', `${name}_ign.png`), mask);
    reached[name] = overlap(without(mask, ignored), without(drawn, ignored));
  }

  process.stdout.write(JSON.stringify(reached));
}

/** Hangers and the like do not count, on either side. */
function without(mask: Plane, ignored: Plane): Plane {
  return { ...mask, values: mask.values.map((level, i) => (ignored.values[i]! > 127 ? 0 : level)) };
}

async function maskOf(file: string, { width, height }: Plane): Promise<Plane> {
  const picture = sharp(file).resize(width, height, { fit: 'fill', kernel: 'linear' });
  return { values: await picture.toColourspace('b-w').raw().toBuffer(), width, height };
}

void main(process.argv[2] ?? '.');
