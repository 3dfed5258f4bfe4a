import { drawAiMark } from './ai-mark';
import { aiPacket } from './ai-packet';
import { onWhite, openPhoto, view } from './decode';
import { encodeLabelled, shrinkToThumbnail } from './encode';
import type { AiLabel, LabelledImage } from './port';

const frameSideMax = 4096;
/** A model may draw smaller than a seller may upload, but not stamps. */
const shortSideMin = 200;

/**
 * A vendor's picture, made ours: its pixels alone are kept (some write the whole prompt into the file), and what it must say of
 * itself is written last, because any later resize or encoding would drop it. Throws `ImagingRefused`.
 */
export async function labelPicture(bytes: Uint8Array, label: AiLabel): Promise<LabelledImage[]> {
  const picture = await openPhoto(bytes, { shortSideMin });
  const frame = onWhite(await view(picture, { side: frameSideMax }));
  const thumbnail = await shrinkToThumbnail(frame); // Before the mark: it is drawn for each size of its own.

  if (label.isVisible) [frame, thumbnail].forEach(drawAiMark);

  const packet = aiPacket(label);
  return Promise.all([encodeLabelled(frame, 'frame', packet), encodeLabelled(thumbnail, 'thumbnail', packet)]);
}
