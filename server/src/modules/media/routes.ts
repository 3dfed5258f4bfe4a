import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import Router from '@koa/router';
import type { Middleware } from 'koa';
import { CreateUploadBody, Id, MediaDto, mediaLimits, UploadTicketDto } from '@suyi/shared-types';
import { jsonBody, uploadBody } from '../../http/body';
import type { Context, RequestState, SignedInState } from '../../http/context';
import { idempotencyOf } from '../../http/idempotency';
import { signInErrors, type Operation } from '../../http/operations';
import { parse } from '../../http/parse';
import { rateLimit } from '../../http/rate-limit';
import { signedIn } from '../../http/sign-in';
import { AppError } from '../../lib/errors';
import { gate } from '../../lib/gate';
import { localStore, type LocalStore } from '../../vendors/storage/port';
import { presentMedia, presentTicket } from './present';
import { completeUpload, createUpload } from './service';

export const mediaRoutes = new Router<SignedInState>({ prefix: '/api/media' });

mediaRoutes.post('/uploads', signedIn, rateLimit('media.uploads', { perMinute: 120 }), jsonBody, async (ctx) => {
  const body = parse(CreateUploadBody, ctx.request.body);

  ctx.status = 201;
  ctx.body = presentTicket(await createUpload(ctx.state.userId, body, idempotencyOf(ctx)));
});

mediaRoutes.post(
  '/uploads/:mediaId/complete',
  signedIn,
  rateLimit('media.complete', { perMinute: 120 }),
  async (ctx) => {
    ctx.body = presentMedia(await completeUpload(ctx.state.userId, parse(Id, ctx.params.mediaId)));
  },
);

/** Uploads and links of the embedded store; with a cloud these do not exist. No token: the ticket and the link are signed. */
export const fileRoutes = new Router<RequestState>({ prefix: '/api/media/files' });

/** The address carries the ticket too: not a byte is taken in for somebody who has none. */
const ticketFirst: Middleware<RequestState> = async (ctx, next) => {
  refuseUnless(filesHere().readUploadFields(ctx.query));
  const upload = oneUpload(next);
  if (!upload) throw new AppError('service_unavailable', { retryAfterSeconds: 3 });
  await upload;
};

// Each upload may last five minutes over a weak network, and takes disk all the while.
const oneUpload = gate(64, 64);

const takeUpload = uploadBody(() => ({ uploadDir: filesHere().incomingDir, bytesMax: mediaLimits.bytesMax }));

fileRoutes.post('/', rateLimit('files.upload', { perMinute: 240 }), ticketFirst, takeUpload, async (ctx) => {
  const files = filesHere();
  const paths = pathsOf(ctx);
  try {
    const { key } = refuseUnless(files.readUploadFields(ctx.request.body));
    const [path] = paths;
    if (path === undefined) throw new AppError('upload_refused');

    await files.store(key, path);
  } finally {
    for (const path of paths) await rm(path, { force: true });
  }
  ctx.status = 204;
});

fileRoutes.get('/{*key}', async (ctx) => {
  const key = String(ctx.params.key);
  const files = filesHere();
  const verdict = files.verifyLink(key, ctx.query);
  if (verdict !== 'ok') throw new AppError(verdict === 'expired' ? 'link_expired' : 'link_invalid');

  await sendFile(ctx, files, key);
});

function refuseUnless(ticket: ReturnType<LocalStore['readUploadFields']>): { key: string } {
  if (ticket === 'expired') throw new AppError('upload_expired');
  if (ticket === 'refused') throw new AppError('upload_refused');
  return ticket;
}

function filesHere(): LocalStore {
  const files = localStore.current;
  if (!files) throw new AppError('not_found');
  return files;
}

/** Pictures alone lie here; their type is told from their bytes, never from a name. */
async function sendFile(ctx: Context, files: LocalStore, key: string): Promise<void> {
  const found = await stat(files.pathOf(key)).catch(() => null);
  if (!found) throw new AppError('not_found');

  ctx.type = await files.contentTypeOf(key);
  ctx.length = found.size;
  ctx.set('Cache-Control', 'private, max-age=3600');
  ctx.body = createReadStream(files.pathOf(key));
}

function pathsOf(ctx: Context): string[] {
  const uploaded = Object.values(ctx.request.files ?? {}).flat();
  return uploaded.flatMap((file) => (file ? [file.filepath] : []));
}

export const mediaOperations: Operation[] = [
  {
    method: 'post',
    path: '/api/media/uploads',
    summary: '申请上传凭证',
    takesIdempotencyKey: true,
    body: CreateUploadBody,
    answers: { 201: UploadTicketDto },
    errors: [
      ...signInErrors,
      'media_empty',
      'media_too_large',
      'media_unsupported_type',
      'media_heic_unsupported',
      'idempotency_key_reused',
    ],
  },
  {
    method: 'post',
    path: '/api/media/uploads/:mediaId/complete',
    summary: '上传完成，服务器检查真实内容',
    answers: { 200: MediaDto },
    errors: [
      ...signInErrors,
      'media_not_found',
      'media_missing',
      'upload_expired',
      'media_empty',
      'media_too_large',
      'media_unsupported_type',
      'media_heic_unsupported',
      'media_unreadable',
      'media_too_many_pixels',
      'media_too_small',
      'media_bad_ratio',
    ],
  },
  {
    method: 'post',
    path: '/api/media/files',
    summary: '内置存储：按凭证以表单上传一张图片',
    isPublic: true,
    bodyType: 'multipart/form-data',
    answers: { 204: null },
    errors: ['upload_expired', 'upload_refused', 'media_too_large', 'unsupported_content_type'],
  },
  {
    method: 'get',
    path: '/api/media/files/{*key}',
    summary: '内置存储：按签名链接读取图片',
    isPublic: true,
    answers: { 200: null },
    errors: ['link_expired', 'link_invalid', 'not_found'],
  },
];
