/** A phone as this admin may see it: whole, or without its middle. */
export function shownPhone(phone: string | null, maySeePhone: boolean): string | null {
  if (phone === null || maySeePhone) return phone;
  return `${phone.slice(0, 3)}****${phone.slice(-4)}`;
}

/** Enough of an openid to compare it with another, and too little to use it. */
export const shortened = (openid: string | null): string | null =>
  openid && `${openid.slice(0, 4)}…${openid.slice(-4)}`;
