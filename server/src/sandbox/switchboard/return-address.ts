const nowhere = 'http://return.invalid';

/**
 * Where the cashier may send a browser back to: a path on this host, or an address of our public origin. Everything else,
 * `//elsewhere` and `/\elsewhere` among it, becomes `/`.
 */
export function returnAddress(wish: string | undefined, publicUrl: string): string {
  if (!wish) return '/';
  const isPath = wish.startsWith('/');
  const base = isPath ? nowhere : new URL(publicUrl).origin;
  if (!isPath && !/^https?:\/\//i.test(wish)) return '/';

  if (!URL.canParse(wish, base)) return '/';
  const url = new URL(wish, base);
  if (url.origin !== base) return '/';
  // Slashes at the head of a path would read as another host once the origin is gone.
  return isPath ? url.pathname.replace(/^\/+/, '/') + url.search + url.hash : url.href;
}
