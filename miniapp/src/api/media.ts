import { MediaDto, UploadTicketDto, type CreateUploadBody } from '@suyi/shared-types';
import { call } from './client';

export const createUpload = (body: CreateUploadBody, idempotencyKey: string) =>
  call({ method: 'POST', path: '/api/media/uploads', answer: UploadTicketDto, body, idempotencyKey });

/** The server looks at the real bytes. Asking twice about one picture gives the same answer. */
export const completeUpload = (mediaId: string, idempotencyKey: string) =>
  call({ method: 'POST', path: `/api/media/uploads/${mediaId}/complete`, answer: MediaDto, idempotencyKey });
