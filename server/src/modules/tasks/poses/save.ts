import { posesWanted } from '@suyi/shared-types';
import { z } from 'zod';
import { config } from '../../../config';
import { change } from '../../../db/sql';
import { ImagingRefused, imaging, type LabelledImage } from '../../../imaging/port';
import { assert } from '../../../lib/assert';
import { clock, minutes, seconds } from '../../../lib/clock';
import { logger } from '../../../lib/logger';
import { poses } from '../../../vendors/runninghub/port';
import { storage } from '../../../vendors/storage/port';
import { fail, succeed } from '../finish';
import { frameKey, frameThumbnailKey, storedResults, type StoredResult, type Task } from '../models';
import { savingMs } from '../states';
import { pauseWork } from './breaker';

/** A picture of the vendor's that is still to be fetched, by its place in the order; `tries` counts clear noes. */
const Pictures = z.array(z.object({ url: z.string(), tries: z.number().int() }));
type Picture = z.infer<typeof Pictures>[number];

const atOnce = 3;
const triesMax = 3;

/**
 * One claimed `saving` task: every picture into our own store, checked and labelled, before the task may say that it succeeded.
 * Each is written down as soon as it is stored, so the seller sees it, and a worker that takes over goes on with the others.
 */
export async function save(task: Task): Promise<void> {
  const pictures = Pictures.parse(JSON.parse(task.vendorPictures ?? '[]'));
  const frames = new Map(storedResults(task).map((frame) => [frame.position ?? 0, frame]));
  const missing = [...pictures.keys()].filter((at) => !frames.has(at) && (pictures[at]?.tries ?? 0) < triesMax);

  let isOurs = Promise.resolve(true);
  const next = missing.values();
  const fetchOneByOne = async (): Promise<void> => {
    for (const position of next) {
      const frame = await saveOne(task, position, pictures[position]);
      if (frame) frames.set(position, frame);
      // One after the other: a note of fewer frames may not overtake one of more.
      isOurs = isOurs.then((still) => still && noteSaved(task, inOrder(frames), pictures));
      if (!(await isOurs)) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, fetchOneByOne));
  if (!(await isOurs)) return;

  const isOpen = [...pictures.entries()].some(([at, { tries }]) => !frames.has(at) && tries < triesMax);
  if (isOpen && clock.now() < task.deadlineAt) return saveLater(task);
  await settleSaved(task, inOrder(frames), task.leaseToken ?? '');
}

const inOrder = (frames: Map<number, StoredResult>): StoredResult[] =>
  [...frames.values()].sort((a, b) => (a.position ?? 0) - (b.position ?? 0));

/** Ends it with what there is: all twelve, some with the use returned, or none. */
export async function settleSaved(task: Task, frames: StoredResult[], leaseToken?: string): Promise<void> {
  if (frames.length === 0) {
    await fail(task, { from: 'saving', code: 'vendor_failed', leaseToken });
    return;
  }
  await succeed(task, {
    results: frames,
    measures: { framesWanted: posesWanted, framesSaved: frames.length },
    isWhole: frames.length >= posesWanted,
    leaseToken,
  });
}

/** Null: not this time. Whether it is asked for again stands in `picture.tries`. */
async function saveOne(task: Task, position: number, picture: Picture | undefined): Promise<StoredResult | null> {
  assert(picture, 'a missing frame has a picture');
  try {
    const fetched = await poses.current.download(picture.url);
    if (!fetched.refused) return await store(task, position, await labelled(task, position, fetched.bytes));

    logger.warn(
      { taskId: task.id, position, kind: fetched.kind, vendorCode: fetched.code },
      'a picture was not fetched',
    );
    // A host that is not on our list is ours to add: the picture is paid for, and waits while the operator is told.
    if (fetched.kind === 'host') await pauseWork('configuration', `host ${fetched.code}`.slice(0, 190));
    else picture.tries += 1;
  } catch (error) {
    if (error instanceof ImagingRefused && error.code !== 'timed_out') picture.tries += 1;
    logger.warn({ taskId: task.id, position, err: error }, 'a picture could not be saved; it is tried again');
  }
  return null;
}

function labelled(task: Task, position: number, bytes: Buffer): Promise<LabelledImage[]> {
  const { producer, isVisible } = config.current.aiLabel;
  return imaging.current.label(bytes, { producer, produceId: `${task.id}-${position + 1}`, isVisible });
}

async function store(task: Task, position: number, images: LabelledImage[]): Promise<StoredResult> {
  const frame = images.find(({ role }) => role === 'frame');
  const small = images.find(({ role }) => role === 'thumbnail');
  assert(frame && small, 'a labelled picture has two sizes');

  const key = frameKey(task, position);
  const thumbnailKey = frameThumbnailKey(task, position);
  await storage.current.write(thumbnailKey, small.bytes, small.contentType);
  await storage.current.write(key, frame.bytes, frame.contentType);
  const { width, height, contentType } = frame;
  return { key, thumbnailKey, position, role: 'frame', width, height, byteLength: frame.bytes.length, contentType };
}

/** False: the lease is lost; stop. */
async function noteSaved(task: Task, frames: StoredResult[], pictures: Picture[]): Promise<boolean> {
  const isTheSame = task.vendorPictures === JSON.stringify(pictures) && storedResults(task).length === frames.length;
  if (isTheSame) return true;

  const noted = await change(
    `UPDATE tasks SET results = :results, vendor_pictures = :pictures, progress = :progress, updated_at = :now
     WHERE id = :id AND status = 'saving' AND lease_token = :leaseToken`,
    {
      results: JSON.stringify(frames),
      pictures: JSON.stringify(pictures),
      progress: 60 + Math.floor((frames.length * 39) / posesWanted),
      now: clock.now(),
      id: task.id,
      leaseToken: task.leaseToken,
    },
  );
  task.vendorPictures = JSON.stringify(pictures);
  task.results = JSON.stringify(frames);
  return noted === 1;
}

/** The longer it goes on, the longer the pause. */
async function saveLater(task: Task): Promise<void> {
  const now = clock.now();
  const age = now - (task.deadlineAt - savingMs);
  await change(
    `UPDATE tasks SET lease_token = NULL, wake_at = :wakeAt WHERE id = :id AND status = 'saving' AND lease_token = :leaseToken`,
    {
      wakeAt: now + Math.min(minutes(1), Math.max(seconds(2), Math.round(age / 4))),
      id: task.id,
      leaseToken: task.leaseToken,
    },
  );
}
