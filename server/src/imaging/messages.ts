import type { AiLabel, Cleaned, CleanOptions, ImagingRefusalCode, Inspection, LabelledImage, Prepared } from './port';

/** What the pool asks of a child, over an IPC channel that copies buffers as they are (advanced serialization). */
export type Request = { bytes: Uint8Array } & (
  | { kind: 'inspect' }
  | { kind: 'clean'; options: CleanOptions }
  | { kind: 'prepare' }
  | { kind: 'label'; label: AiLabel }
);

export type Answer = Inspection | Cleaned | Prepared | LabelledImage[];

/** `ready` once after the start; then exactly one of the others for each request. */
export type Reply =
  | { state: 'ready' }
  | { state: 'done'; answer: Answer }
  | { state: 'refused'; code: ImagingRefusalCode }
  | { state: 'failed'; reason: string };
