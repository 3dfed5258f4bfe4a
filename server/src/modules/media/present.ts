import type { MediaDto, UploadTicketDto } from '@suyi/shared-types';
import { toMoment } from '../../lib/clock';
import type { Media } from './models';
import { linkTo, type UploadTicket } from './service';

export function presentTicket(ticket: UploadTicket): UploadTicketDto {
  const { url, fields, fileField, expiresAt } = ticket.form;
  return { mediaId: ticket.mediaId, upload: { url, fields, fileField, expiresAt: toMoment(expiresAt) } };
}

export function presentMedia(media: Media): MediaDto {
  const isReady = media.status === 'ready';
  return {
    id: media.id,
    status: isReady ? 'ready' : 'awaiting',
    contentType: media.contentType,
    byteLength: media.byteLength,
    width: media.width,
    height: media.height,
    url: isReady ? linkTo(media.storageKey) : null,
    createdAt: toMoment(media.createdAt),
  };
}
