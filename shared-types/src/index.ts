export * from './primitives';
export * from './errors';
export * from './auth';
export * from './membership';
export * from './payments';
export * from './quota';
export * from './media';
export * from './tasks';
