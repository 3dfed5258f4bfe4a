/** Numbers and moments as a seller in China reads them. `Intl` is missing on some phones, so this is done by hand. */

const shanghaiOffsetMs = 8 * 3600 * 1000;

function shanghai(iso: string): Date {
  return new Date(Date.parse(iso) + shanghaiOffsetMs);
}

const two = (value: number) => String(value).padStart(2, '0');

/** `2026年12月22日` in Shanghai. */
export function dayWords(iso: string): string {
  const at = shanghai(iso);
  return `${at.getUTCFullYear()}年${at.getUTCMonth() + 1}月${at.getUTCDate()}日`;
}

/** `11月23日 15:04` in Shanghai; with the year in front when it is not the present one. */
export function momentWords(iso: string, now = Date.now()): string {
  const at = shanghai(iso);
  const year = at.getUTCFullYear();
  const isThisYear = year === new Date(now + shanghaiOffsetMs).getUTCFullYear();
  const day = `${at.getUTCMonth() + 1}月${at.getUTCDate()}日 ${clockWords(iso)}`;
  return isThisYear ? day : `${year}年${day}`;
}

/** `15:04` in Shanghai. */
export function clockWords(iso: string): string {
  const at = shanghai(iso);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** `1123-1504` in Shanghai: a moment as part of a file's name. */
export function stampWords(iso: string): string {
  const at = shanghai(iso);
  return `${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}-${two(at.getUTCHours())}${two(at.getUTCMinutes())}`;
}

/** Fen as yuan without needless zeros: 9900 → `99`, 9950 → `99.50`. */
export function yuanWords(fen: number): string {
  return fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2);
}

/** `3.2 MB`, `180 KB`. */
export function byteWords(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return `${Math.max(1, Math.round(bytes / 1024))} KB`;
}

/** A share as a percentage that never claims a hundred it does not have: 0.99996 → `99.99 %`, 0.004 → `0.4 %`. */
export function percentWords(share: number): string {
  if (share >= 1) return '100 %';
  const hundredths = Math.floor(share * 10_000 + 1e-6);
  if (hundredths >= 9900) return `${(hundredths / 100).toFixed(2)} %`;
  return hundredths < 1000 ? `${(hundredths / 100).toFixed(1)} %` : `${Math.floor(hundredths / 100)} %`;
}

type Span = { lowSeconds: number; highSeconds: number } | null;

/**
 * A range of time as it is told: `约 25–40 秒`, `约 3–6 分钟`; what nobody knows yet is not made up. A low end of nearly
 * nothing says nothing: only the other one is told then, `2 分钟以内`.
 */
export function estimateWords(estimate: Span): string {
  if (estimate === null) return '通常几分钟';
  const { lowSeconds, highSeconds } = estimate;
  if (highSeconds <= 60) {
    return lowSeconds * 3 < highSeconds ? '1 分钟以内' : `约 ${rangeWords(lowSeconds, highSeconds)} 秒`;
  }
  const high = Math.ceil(highSeconds / 60);
  return lowSeconds < 60 ? `${high} 分钟以内` : `约 ${rangeWords(Math.floor(lowSeconds / 60), high)} 分钟`;
}

/** The same as a sentence: `约 3–6 分钟后做好`, `1 分钟以内做好`. */
export function readyWords(estimate: Span): string {
  const words = estimateWords(estimate);
  if (estimate === null) return `${words}就能做好`;
  return words.endsWith('以内') ? `${words}做好` : `${words}后做好`;
}

const rangeWords = (low: number, high: number) => (low === high ? String(low) : `${low}–${high}`);
