/** CIE L*a*b* under D65. L* is 0 to 100. */
export type Lab = readonly [number, number, number];

/** Linear light (0 to 1) of an sRGB byte: IEC 61966-2-1. */
const linear = Float64Array.from({ length: 256 }, (_, level) => {
  const v = level / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

/** From sRGB, 0 to 255 each; parts of a level are allowed and interpolated. */
export function toLab(r: number, g: number, b: number): Lab {
  const lr = toLinear(r);
  const lg = toLinear(g);
  const lb = toLinear(b);
  const x = curve((0.4124564 * lr + 0.3575761 * lg + 0.1804375 * lb) / 0.95047);
  const y = curve(0.2126729 * lr + 0.7151522 * lg + 0.072175 * lb);
  const z = curve((0.0193339 * lr + 0.119192 * lg + 0.9503041 * lb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Linear light, 0 to 1, of an sRGB level; parts of a level are interpolated. */
export function toLinear(level: number): number {
  const low = Math.min(255, Math.max(0, Math.floor(level)));
  const high = Math.min(255, low + 1);
  return linear[low]! + (linear[high]! - linear[low]!) * (level - low);
}

/** The sRGB level, 0 to 255 and not rounded, of linear light; what is beyond white stays white. */
export function fromLinear(light: number): number {
  const v = Math.min(1, Math.max(0, light));
  return 255 * (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055);
}

const curve = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);

const radians = Math.PI / 180;
const power7 = (v: number): number => v ** 7 / (v ** 7 + 25 ** 7);

/** Colour difference by CIEDE2000 (Sharma, Wu and Dalal, 2005). 1 is just visible side by side. */
export function ciede2000([l1, a1, b1]: Lab, [l2, a2, b2]: Lab): number {
  const meanC = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const stretchA = 1.5 - 0.5 * Math.sqrt(power7(meanC));
  const p1 = { c: Math.hypot(a1 * stretchA, b1), h: hue(a1 * stretchA, b1) };
  const p2 = { c: Math.hypot(a2 * stretchA, b2), h: hue(a2 * stretchA, b2) };

  const isGrey = p1.c * p2.c === 0;
  let turn = p2.h - p1.h;
  if (turn > 180) turn -= 360;
  else if (turn < -180) turn += 360;
  if (isGrey) turn = 0;

  const dL = l2 - l1;
  const dC = p2.c - p1.c;
  const dH = 2 * Math.sqrt(p1.c * p2.c) * Math.sin((turn / 2) * radians);
  const l = (l1 + l2) / 2 - 50;
  const c = (p1.c + p2.c) / 2;
  const h = isGrey ? p1.h + p2.h : meanHue(p1.h, p2.h);

  const t =
    1 -
    0.17 * Math.cos((h - 30) * radians) +
    0.24 * Math.cos(2 * h * radians) +
    0.32 * Math.cos((3 * h + 6) * radians) -
    0.2 * Math.cos((4 * h - 63) * radians);
  const sL = 1 + (0.015 * l * l) / Math.sqrt(20 + l * l);
  const sC = 1 + 0.045 * c;
  const sH = 1 + 0.015 * c * t;
  const rotation = -2 * Math.sqrt(power7(c)) * Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * radians);

  const parts = { l: dL / sL, c: dC / sC, h: dH / sH };
  return Math.sqrt(parts.l ** 2 + parts.c ** 2 + parts.h ** 2 + rotation * parts.c * parts.h);
}

function hue(a: number, b: number): number {
  if (a === 0 && b === 0) return 0;
  const degrees = Math.atan2(b, a) / radians;
  return degrees < 0 ? degrees + 360 : degrees;
}

function meanHue(h1: number, h2: number): number {
  if (Math.abs(h1 - h2) <= 180) return (h1 + h2) / 2;
  return h1 + h2 < 360 ? (h1 + h2 + 360) / 2 : (h1 + h2 - 360) / 2;
}
