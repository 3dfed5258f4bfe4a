import { ensureBuilt } from './builds.mjs';
import { ensureInstalled, requireNode } from './install.mjs';

/** From a fresh clone to something that runs: packages installed, and these builds made from the sources as they are. */
export async function prepare(...builds) {
  requireNode();
  await ensureInstalled();
  await ensureBuilt(...builds);
}
