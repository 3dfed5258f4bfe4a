import { posesWanted } from '@suyi/shared-types';
import { z } from 'zod';
import { config } from '../../../config';
import { change } from '../../../db/sql';
import { ImagingRefused, imaging, type LabelledImage } from '../../../imaging/port';
import { assert } from '../../../lib/assert';
import { clock, minutes, seconds } from '../../../lib/clock';
import { VendorUnavailable } from '../../../lib/errors';
import { gate } from '../../../lib/gate';
import { logger } from '../../../lib/logger';
import { poses } from '../../../vendors/runninghub/port';
import { storage } from '../../../vendors/storage/port';
import { fail, succeed } from '../finish';
import { frameKey, frameThumbnailKey, storedResults, type StoredResult, type Task } from '../models';
import { savingMs } from '../states';
import { noteSilence, pauseWork } from './breaker';

/** A picture of the vendor's, by its place in the order; `tries` counts clear noes, and the next try waits for `notBefore`. */
const Pictures = z.array(z.object({ url: z.string(), tries: z.number().int(), notBefore: z.number() }));
type Picture = z.infer<typeof Pictures>[number];

const atOnce = 3;
/** How long after each clear no a picture is asked for once more: a store of many machines may show it late. */
const againMs = [seconds(10), minutes(1), minutes(5)];
const triesMax = againMs.length + 1;

/** Of all tasks of this process together: each holds a whole picture in memory, up to 30 MB. */
const oneDownload = gate(8, Infinity);

/** What became of the pictures that were asked for in one pass. */
type Pass = { saved: number; silent: number; unlisted: Picture[] };

/**
 * One claimed `saving` task: every picture into our own store, checked and labelled, before the task may say that it succeeded.
 * Each is written down as soon as it is stored, so the seller sees it, and a worker that takes over goes on with the others.
 * The last pass ends it with what there is.
 */
export async function save(task: Task, { isLast = false } = {}): Promise<void> {
  const pictures = Pictures.parse(JSON.parse(task.vendorPictures ?? '[]'));
  const frames = new Map(storedResults(task).map((frame) => [frame.position ?? 0, frame]));
  const isMissing = (at: number): boolean => !frames.has(at) && (pictures[at]?.tries ?? triesMax) < triesMax;
  const now = clock.now();
  const due = [...pictures.keys()].filter((at) => isMissing(at) && (isLast || (pictures[at]?.notBefore ?? 0) <= now));

  const pass: Pass = { saved: 0, silent: 0, unlisted: [] };
  let isOurs = Promise.resolve(true);
  const next = due.values();
  const fetchOneByOne = async (): Promise<void> => {
    for (const position of next) {
      const frame = await saveOne(task, { position, picture: pictures[position], pass });
      if (frame) frames.set(position, frame);
      // One after the other: a note of fewer frames may not overtake one of more.
      isOurs = isOurs.then((still) => still && noteSaved(task, inOrder(frames), pictures));
      if (!(await isOurs)) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, fetchOneByOne));
  if (!(await isOurs)) return;

  await learn(pass, frames.size);
  if (!(await noteSaved(task, inOrder(frames), pictures))) return;
  const open = [...pictures.keys()].filter(isMissing);
  if (open.length > 0 && !isLast) return saveLater(task, Math.min(...open.map((at) => pictures[at]?.notBefore ?? 0)));
  await settleSaved(task, inOrder(frames), task.leaseToken ?? '');
}

/** What a whole pass says about the vendor, where one picture would say nothing. */
async function learn({ saved, silent, unlisted }: Pass, framesSaved: number): Promise<void> {
  if (saved === 0 && silent > 0) await noteSilence();
  const [first] = unlisted;
  if (!first) return;
  // One odd link among good ones is a bad picture. When all lie on a host that is not on our list, the list is ours to mend,
  // and what is paid for waits meanwhile.
  if (framesSaved > 0) unlisted.forEach(countTry);
  else {
    for (const picture of unlisted) picture.notBefore = clock.now() + minutes(1);
    await pauseWork('configuration', `host ${new URL(first.url).hostname}`.slice(0, 190));
  }
}

const inOrder = (frames: Map<number, StoredResult>): StoredResult[] =>
  [...frames.values()].sort((a, b) => (a.position ?? 0) - (b.position ?? 0));

/** Ends it with what there is: all twelve, some with the use returned, or none. */
export async function settleSaved(task: Task, frames: StoredResult[], leaseToken?: string): Promise<void> {
  if (frames.length === 0) {
    await fail(task, { from: 'saving', code: 'results_lost', leaseToken });
    return;
  }
  await succeed(task, {
    results: frames,
    measures: { framesWanted: posesWanted, framesSaved: frames.length },
    isWhole: frames.length >= posesWanted,
    leaseToken,
  });
}

type Asked = { position: number; picture: Picture | undefined; pass: Pass };

/** Null: not this time. Whether and when it is asked for again stands in the picture. */
async function saveOne(task: Task, { position, picture, pass }: Asked): Promise<StoredResult | null> {
  assert(picture, 'a missing frame has a picture');
  try {
    const fetched = await oneDownload(() => poses.current.download(picture.url));
    assert(fetched, 'downloads wait without end');
    if (!fetched.refused) {
      const frame = await store(task, position, await labelled(task, position, fetched.bytes));
      pass.saved += 1;
      return frame;
    }

    const { kind, code } = fetched;
    logger.warn({ taskId: task.id, position, kind, vendorCode: code }, 'a picture was not fetched');
    if (code === 'not_listed') pass.unlisted.push(picture);
    else countTry(picture);
  } catch (error) {
    if (error instanceof VendorUnavailable) pass.silent += 1;
    if (error instanceof ImagingRefused && error.code !== 'timed_out') countTry(picture);
    logger.warn({ taskId: task.id, position, err: error }, 'a picture could not be saved this time');
  }
  return null;
}

function countTry(picture: Picture): void {
  picture.notBefore = clock.now() + (againMs[picture.tries] ?? 0);
  picture.tries += 1;
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

/** When the first picture is due again; for what was silent the longer, the longer it goes on. */
async function saveLater(task: Task, dueAt: number): Promise<void> {
  const now = clock.now();
  const age = now - (task.deadlineAt - savingMs);
  const pauseMs = Math.min(minutes(1), Math.max(seconds(2), Math.round(age / 4)));
  await change(
    `UPDATE tasks SET lease_token = NULL, wake_at = :wakeAt WHERE id = :id AND status = 'saving' AND lease_token = :leaseToken`,
    { wakeAt: dueAt > now ? dueAt : now + pauseMs, id: task.id, leaseToken: task.leaseToken },
  );
}
