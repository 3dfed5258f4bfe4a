import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Stop } from './stop.mjs';

const contentTypes = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.heic': 'image/heic',
};

/** Reads a photo that was named on the command line, and sees to it that its result can be written beside it. */
export function readPhoto(path) {
  // npm starts scripts in the repository's root; the name was typed somewhere else.
  const file = resolve(process.env.INIT_CWD ?? process.cwd(), path);
  try {
    if (statSync(file).isDirectory()) throw new Stop(`${path} is a folder; name a photo.`);
    const bytes = readFileSync(file);
    accessSync(dirname(file), constants.W_OK);
    const contentType = contentTypes[extname(file).toLowerCase()] ?? 'application/octet-stream';
    return { file, name: basename(file), bytes, contentType };
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw new Stop(`There is no file ${path}.`);
    if (error.syscall === 'access')
      throw new Stop(`The folder ${dirname(file)} cannot be written to, so the result has no place.`);
    if (error.code === 'EACCES' || error.code === 'EPERM') throw new Stop(`${path} cannot be read.`);
    throw error;
  }
}

/** Writes the result beside its photo, never over a file that is there. Returns the path. */
export function writeBeside(file, bytes) {
  const stem = join(dirname(file), basename(file, extname(file)));
  for (let n = 1; ; n += 1) {
    const target = n === 1 ? `${stem}.white.jpg` : `${stem}.white-${n}.jpg`;
    try {
      writeFileSync(target, bytes, { flag: 'wx' });
      return target;
    } catch (error) {
      if (error.code === 'EEXIST') continue;
      throw new Stop(`${target} could not be written (${error.code}).`);
    }
  }
}
