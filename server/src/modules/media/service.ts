import { mediaLimits, PhotoContentType, type CreateUploadBody, type ErrorCode } from '@suyi/shared-types';
import { Op } from 'sequelize';
import { findMade, noteMade, type Wish } from '../../db/idempotency';
import { isDuplicate } from '../../db/sql';
import { inTransaction, type Transaction } from '../../db/transaction';
import { ImagingRefused, imaging, type ImagingRefusalCode } from '../../imaging/port';
import { clock, hours, minutes } from '../../lib/clock';
import { eachAlone } from '../../lib/each';
import { AppError } from '../../lib/errors';
import { gate } from '../../lib/gate';
import { newId } from '../../lib/ids';
import { counter } from '../../lib/meters';
import { storage, type UploadForm } from '../../vendors/storage/port';
import { Media } from './models';

export type { Media } from './models';

const uploadValidMs = minutes(15);
const linkValidSeconds = 3_600;

export type UploadTicket = { mediaId: string; form: UploadForm };

/** A ticket for one picture, straight into the store. What the phone says of the file only saves it a useless upload. */
export async function createUpload(
  userId: string,
  body: CreateUploadBody,
  wish: { key: string; requestHash: string },
): Promise<UploadTicket> {
  refuseAtSight(body);
  const fullWish = { scope: 'media', userId, ...wish };

  const media = await openMedia(fullWish).catch((error: unknown) => {
    // The same key a moment ago, in another request: what that one made is there now.
    if (isDuplicate(error)) return openMedia(fullWish);
    throw error;
  });

  const form = storage.current.uploadForm({
    key: media.storageKey,
    bytesMax: mediaLimits.bytesMax,
    expiresAt: media.uploadExpiresAt,
  });
  return { mediaId: media.id, form };
}

function openMedia(wish: Wish): Promise<Media> {
  return inTransaction(async (tx) => {
    const earlier = await findMade(wish, tx);
    if (earlier) return ownMedia(wish.userId, earlier, tx);

    const id = newId('med');
    await noteMade(wish, id, tx);
    const now = clock.now();
    return Media.create(
      {
        id,
        userId: wish.userId,
        status: 'awaiting',
        storageKey: `input/${wish.userId}/${id}`,
        contentType: null,
        byteLength: null,
        width: null,
        height: null,
        uploadExpiresAt: now + uploadValidMs,
        createdAt: now,
      },
      { transaction: tx },
    );
  });
}

/**
 * Looks at the bytes that really arrived. Twice is as good as once. Throws a `media_…` code when they are no photo we take;
 * such bytes are removed, and the ticket is spent.
 */
export async function completeUpload(userId: string, mediaId: string): Promise<Media> {
  const media = await ownMedia(userId, mediaId);
  if (media.status === 'ready') return media;
  if (media.status === 'erased' || media.status === 'refused') throw new AppError('media_not_found');

  const byteLength = await storage.current.sizeOf(media.storageKey);
  if (byteLength === null) throw new AppError(media.uploadExpiresAt < clock.now() ? 'upload_expired' : 'media_missing');
  if (byteLength === 0) return refuse(media, 'media_empty');
  if (byteLength > mediaLimits.bytesMax) return refuse(media, 'media_too_large');

  const looked = oneLook(() => look(media, byteLength));
  if (!looked) throw new AppError('service_unavailable', { retryAfterSeconds: 3 });
  return looked;
}

const uploads = counter({
  name: 'suyi_uploads_total',
  help: 'Pictures looked at after their upload, by outcome: ready, or the code of the refusal',
  labels: ['outcome'],
});

// Each look holds a whole photo in memory, up to 30 MB.
const oneLook = gate(4, 60);

async function look(media: Media, byteLength: number): Promise<Media> {
  const bytes = await storage.current.read(media.storageKey, mediaLimits.bytesMax);
  if (bytes === null) throw new AppError('media_missing');
  try {
    const { contentType, width, height } = await imaging.current.inspect(bytes);
    if (await leaveAwaiting(media, { status: 'ready', contentType, byteLength, width, height }))
      uploads.inc({ outcome: 'ready' });
  } catch (error) {
    if (!(error instanceof ImagingRefused)) throw error;
    // Too slow says that we are busy, not that the photo is bad.
    if (error.code === 'timed_out') throw new AppError('service_unavailable', { retryAfterSeconds: 3 });
    return refuse(media, codeOf[error.code]);
  }

  const now = await ownMedia(media.userId, media.id);
  if (now.status !== 'ready') throw new AppError('media_not_found');
  return now;
}

type Looked = Partial<Pick<Media, 'contentType' | 'byteLength' | 'width' | 'height'>> & { status: 'ready' | 'refused' };

/** Whoever moves it first wins: a picture that was erased while we looked stays erased. */
async function leaveAwaiting(media: Media, fields: Looked): Promise<boolean> {
  const [moved] = await Media.update(fields, { where: { id: media.id, status: 'awaiting' } });
  return moved === 1;
}

/** The seller's own picture, ready to work on. Throws `media_not_found` or `media_not_ready`. */
export async function getReadyMedia(userId: string, mediaId: string): Promise<Media> {
  const media = await ownMedia(userId, mediaId);
  if (media.status === 'erased' || media.status === 'refused') throw new AppError('media_not_found');
  if (media.status === 'awaiting') throw new AppError('media_not_ready');
  return media;
}

/** The bytes of a stored picture, or null when it is gone. For the worker. */
export async function readMedia(mediaId: string): Promise<Buffer | null> {
  const media = await Media.findByPk(mediaId);
  if (!media || media.status !== 'ready') return null;
  return storage.current.read(media.storageKey, mediaLimits.bytesMax);
}

/** Addresses for these pictures, by id; a picture that is gone has none. */
export async function linksTo(mediaIds: readonly string[]): Promise<Map<string, string>> {
  const found = await Media.findAll({ where: { id: { [Op.in]: [...new Set(mediaIds)] }, status: 'ready' } });
  return new Map(found.map((media) => [media.id, linkTo(media.storageKey)]));
}

/** An address that shows a stored object for an hour. */
export const linkTo = (storageKey: string): string => storage.current.signedUrl(storageKey, linkValidSeconds);

export async function mergeMedia(fromUserId: string, toUserId: string, tx: Transaction): Promise<void> {
  await Media.update({ userId: toUserId }, { where: { userId: fromUserId }, transaction: tx });
}

/** Marks all pictures of a seller for removal; the sweep removes the bytes, and the rows after them. */
export async function eraseMedia(userId: string, tx: Transaction): Promise<void> {
  await Media.update({ status: 'erased' }, { where: { userId }, transaction: tx });
}

/** One picture goes: nothing shows it any more. */
export async function eraseOne(mediaId: string): Promise<void> {
  await Media.update({ status: 'erased' }, { where: { id: mediaId } });
}

/** Up to `limit` pictures that became ready between these moments (epoch milliseconds). */
export async function findReadyBetween(from: number, to: number, limit: number): Promise<{ id: string }[]> {
  const where = { status: 'ready', createdAt: { [Op.gt]: from, [Op.lt]: to } };
  return Media.findAll({ where, attributes: ['id'], limit });
}

/**
 * Removes the bytes of up to `limit` pictures that were erased, refused, or never completed for a day. A row goes only after
 * its form's time, and the bytes with it once more: until then the form could bring some back.
 */
export async function sweepMedia(limit: number): Promise<number> {
  const now = clock.now();
  await Media.update(
    { status: 'erased' },
    { where: { status: 'awaiting', uploadExpiresAt: { [Op.lt]: now - hours(24) } } },
  );

  const due = await Media.findAll({
    where: { status: ['erased', 'refused'] },
    order: [['uploadExpiresAt', 'ASC']],
    limit,
  });
  return eachAlone('remove-unused-media', due, async (media) => {
    await storage.current.remove(media.storageKey);
    if (media.uploadExpiresAt < now) await media.destroy();
  });
}

const codeOf: Record<ImagingRefusalCode, ErrorCode> = {
  unsupported_type: 'media_unsupported_type',
  heic_unsupported: 'media_heic_unsupported',
  empty: 'media_empty',
  too_many_pixels: 'media_too_many_pixels',
  too_small: 'media_too_small',
  bad_ratio: 'media_bad_ratio',
  unreadable: 'media_unreadable',
  timed_out: 'media_unreadable',
  garment_not_found: 'media_unreadable',
  quality_rejected: 'media_unreadable',
};

function refuseAtSight({ contentType, byteLength }: CreateUploadBody): void {
  if (byteLength === 0) throw new AppError('media_empty');
  if (byteLength > mediaLimits.bytesMax) throw new AppError('media_too_large');
  if (/^image\/hei[cf]/i.test(contentType)) throw new AppError('media_heic_unsupported');
  // Phones often do not know: an unnamed type may pass here, and the bytes will tell.
  const isUnnamed =
    contentType === 'application/octet-stream' || contentType === 'image/*' || contentType === 'image/jpg';
  if (!isUnnamed && !PhotoContentType.safeParse(contentType).success) throw new AppError('media_unsupported_type');
}

async function ownMedia(userId: string, mediaId: string, tx?: Transaction): Promise<Media> {
  const media = await Media.findOne({ where: { id: mediaId, userId }, transaction: tx });
  if (!media) throw new AppError('media_not_found');
  return media;
}

async function refuse(media: Media, code: ErrorCode): Promise<never> {
  if (await leaveAwaiting(media, { status: 'refused' })) {
    uploads.inc({ outcome: code });
    await storage.current.remove(media.storageKey);
  }
  throw new AppError(code);
}
