import { createRequire } from 'node:module';
import { inRoot } from '../../scripts/lib/paths.mjs';

const require = createRequire(import.meta.url);

/** A module of the built server: what is measured is what production runs. */
export const ofServer = (path) => require(inRoot('server/dist', path));
