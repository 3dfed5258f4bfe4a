/** Where the API answers. Empty on H5: the same origin serves both. */
export const apiBase: string = (process.env.TARO_APP_API || '').replace(/\/$/, '');

/** Pictures and upload forms come with addresses that may be relative to the API. */
export function absoluteUrl(url: string): string;
export function absoluteUrl(url: string | null): string | null;
export function absoluteUrl(url: string | null): string | null {
  if (url === null) return null;
  // The server names its own files by its public address; a phone reaches them where it reaches the API.
  const ownPath = /^https?:\/\/[^/]+(\/api\/media\/files(?:[/?].*)?)$/.exec(url)?.[1];
  if (ownPath !== undefined) return apiBase + ownPath;
  if (/^[a-z]+:/i.test(url)) return url;
  return `${apiBase}${url.startsWith('/') ? '' : '/'}${url}`;
}
