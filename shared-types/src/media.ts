import { z } from 'zod';
import { Id, Moment } from './primitives';

export const mediaLimits = {
  bytesMax: 30 * 1024 * 1024,
  pixelsMax: 50_000_000,
  shortSideMin: 300,
  ratioMax: 10,
} as const;

export const PhotoContentType = z.enum(['image/jpeg', 'image/png', 'image/webp']);
export type PhotoContentType = z.infer<typeof PhotoContentType>;

/** What the phone says of the file; the server believes only the bytes. */
export const CreateUploadBody = z.strictObject({
  contentType: z.string().min(1).max(100),
  byteLength: z
    .number()
    .int()
    .min(0)
    .max(1024 * 1024 * 1024),
});
export type CreateUploadBody = z.infer<typeof CreateUploadBody>;

export const UploadTicketDto = z.object({
  mediaId: Id,
  upload: z.object({
    url: z.string(),
    /** Form fields that go before the file, in this order. */
    fields: z.record(z.string(), z.string()),
    fileField: z.string(),
    expiresAt: Moment,
  }),
});
export type UploadTicketDto = z.infer<typeof UploadTicketDto>;

export const MediaDto = z.object({
  id: Id,
  status: z.enum(['awaiting', 'ready']),
  contentType: PhotoContentType.nullable(),
  byteLength: z.number().int().nullable(),
  /** Upright: after the camera's orientation was applied. */
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  url: z.string().nullable(),
  createdAt: Moment,
});
export type MediaDto = z.infer<typeof MediaDto>;
