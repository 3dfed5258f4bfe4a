/** For our own mistakes only: what is claimed must be true, or the request ends as a bug. */
export function assert(condition: unknown, mustBeTrue: string): asserts condition {
  if (!condition) throw new AssertionFailed(mustBeTrue);
}

export class AssertionFailed extends Error {
  override name = 'AssertionFailed';
}
