import { fillShape, shapeOf } from './fill-shape';
import type { Box, Rgb } from './raster';

/*
 * 「AI生成」 as outlines: a fresh machine has no font, and an SVG loader must not be within reach of a stranger's bytes.
 * Glyphs of Noto Sans CJK SC Regular 2.004 (Adobe, Google), SIL Open Font License 1.1, set side by side. A thousand units an em.
 */
const words = shapeOf(
  [
    // A
    'M4 0H97L168 224H436L506 0H604L355 733H252ZM191 297 227 410C253 493 277 572 300 658H304',
    'C328 573 351 493 378 410L413 297Z',
    // I
    'M709 0H801V733H709Z',
    // 生
    'M1140 824C1102 681 1037 542 955 453C974 443 1007 421 1022 408C1060 453 1095 510 1127 573H1364V352H1066V280',
    'H1364V25H956V-48H1850V25H1442V280H1766V352H1442V573H1802V646H1442V840H1364V646H1160',
    'C1182 697 1201 752 1216 807Z',
    // 成
    'M2445 839C2445 782 2447 725 2450 670H2029V389C2029 259 2020 86 1937 -37C1955 -46 1987 -72 2000 -87',
    'C2092 45 2107 247 2107 388V395H2290C2286 223 2281 159 2268 144C2260 135 2251 133 2236 133',
    'C2219 133 2176 133 2130 138C2142 119 2150 89 2151 68C2200 65 2246 65 2272 67C2299 70 2316 77 2332 96',
    'C2353 123 2358 208 2363 433C2363 443 2364 465 2364 465H2107V597H2455C2467 435 2491 287 2529 172',
    'C2463 96 2386 34 2297 -13C2313 -28 2340 -59 2352 -75C2429 -29 2498 26 2559 92C2605 -11 2665 -73 2742 -73',
    'C2819 -73 2847 -23 2860 148C2840 155 2812 172 2795 189C2789 56 2777 4 2748 4C2697 4 2652 61 2615 159',
    'C2689 255 2748 369 2791 500L2716 519C2684 418 2641 327 2587 247C2561 344 2542 463 2531 597H2852V670H2527',
    'C2524 725 2523 781 2523 839ZM2572 790C2636 757 2713 706 2751 670L2798 722C2759 756 2680 805 2617 836Z',
  ].join(''),
);

/** In those units. Letters stand on 0; the Chinese ones reach below it and above the capitals. */
const ink = { width: 2860, bottom: -87, top: 840, capital: 733 };
const padding = { side: 320, rise: 130 };
const pill = { width: ink.width + 2 * padding.side, height: ink.top - ink.bottom + 2 * padding.rise };
const margin = 300;

/** The lowest letter's share of the picture's shorter side, and its least height in pixels where there is room for it. */
const capitalShare = 0.05;
const capitalPixelsMin = 12;

/** White letters on white paper under this much shade have a contrast of 4.8 : 1. */
const shade = 0.55;

/** Writes 「AI生成」 into the lower right corner: white on a dark pill, to be read on any ground. Changes the pixels. */
export function drawAiMark(image: Rgb): void {
  const scale = unitPixels(image);
  const box = boxOfPill(image, scale);
  const placing = { left: padding.side * scale, baseline: (padding.rise + ink.top) * scale, scale };
  const letters = fillShape(words, placing, box).values;

  for (let y = 0; y < box.height; y += 1) {
    for (let x = 0; x < box.width; x += 1) {
      const light = 1 - shade * pillCover(x + 0.5, y + 0.5, scale);
      const letter = letters[y * box.width + x]! / 255;
      const at = ((box.top + y) * image.width + box.left + x) * 3;
      for (let c = at; c < at + 3; c += 1) {
        const ground = image.pixels[c]! * light;
        image.pixels[c] = ground + (255 - ground) * letter + 0.5;
      }
    }
  }
}

function unitPixels({ width, height }: Rgb): number {
  const wanted = Math.max(capitalPixelsMin, Math.ceil(capitalShare * Math.min(width, height))) / ink.capital;
  return Math.min(wanted, width / (pill.width + 2 * margin), height / (pill.height + 2 * margin));
}

function boxOfPill(image: Rgb, scale: number): Box {
  const width = Math.ceil(pill.width * scale);
  const height = Math.ceil(pill.height * scale);
  const gap = Math.floor(margin * scale);
  return { left: image.width - gap - width, top: image.height - gap - height, width, height };
}

/** How much of the pixel around this point the pill covers, 0 to 1. */
function pillCover(x: number, y: number, scale: number): number {
  const radius = (pill.height * scale) / 2;
  const nearest = Math.min(Math.max(x, radius), pill.width * scale - radius);
  const outside = Math.hypot(x - nearest, y - radius) - radius;
  return Math.min(1, Math.max(0, 0.5 - outside));
}
