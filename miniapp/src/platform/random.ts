/** Twenty random characters of `[0-9a-z]`. Enough to be unique to one seller; never a secret. */
export function randomLetters(): string {
  const part = () => Math.random().toString(36).slice(2, 12).padEnd(10, '0');
  return part() + part();
}

/** Names one wish of the seller; sent again unchanged with every retry of it. */
export function newIdempotencyKey(): string {
  return `${Date.now().toString(36)}-${randomLetters()}`;
}
