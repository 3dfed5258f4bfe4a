export { eraseEvents, noteOutcome, storeEvent, sweepEvents } from './events';
export type { EventSource } from './models';
export { answerPushCheck, pushHandlers, receivePush, type PushHandler } from './push';
