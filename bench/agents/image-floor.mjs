import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { serveAgent, timed } from '../lib/agent.mjs';
import { ofServer } from '../lib/server-build.mjs';

/*
 * What cleaning a photo cannot go below: the two inferences of its own mask, and libvips alone decoding the photo to the size of the
 * result and writing both files with the engine's own encoders. One thread and the priority of the engine's child.
 */

const sharp = createRequire(import.meta.url)('sharp');
sharp.cache(false);
sharp.concurrency(1);
setPriority(constants.priority.PRIORITY_LOW);

const { loadNetwork } = ofServer('imaging/network.js');
const { openPhoto, view } = ofServer('imaging/decode.js');
const { findOutline } = ofServer('imaging/outline.js');
const { encodeMain, encodeThumbnail } = ofServer('imaging/encode.js');
const network = await loadNetwork();
let bytes = null;
let search = null;

serveAgent({
  async hold(base64) {
    bytes = Buffer.from(base64, 'base64');
    search = await view(await openPhoto(bytes), { side: 640 });
  },
  async floor() {
    const inference = await timed(() => network(search));
    const outline = await timed(() => findOutline(search, network));
    const vips = await timed(async () => {
      const { data, info } = await sharp(bytes)
        .resize(1_600, 1_600, { fit: 'cover' })
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true });
      const image = { pixels: data, width: info.width, height: info.height };
      await Promise.all([encodeMain(image, 'main'), encodeThumbnail(image)]);
    });
    return { inferenceMs: inference.ms, mattingMs: outline.ms, vipsMs: vips.ms };
  },
});
