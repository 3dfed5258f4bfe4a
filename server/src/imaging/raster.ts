/** Interleaved 8-bit sRGB, three bytes a pixel, row by row from the top left. */
export type Rgb = { pixels: Uint8Array; width: number; height: number };

/** One value a pixel, 0 to 255; in a garment mask 255 is garment. */
export type Plane = { values: Uint8Array; width: number; height: number };

/** A part of a raster in its own pixels. */
export type Box = { left: number; top: number; width: number; height: number };

/** The smallest box that holds every value above `threshold`, or null when there is none. */
export function boxOf(plane: Plane, threshold = 127): Box | null {
  const { values, width, height } = plane;
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;

  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    let first = 0;
    while (first < width && values[row + first]! <= threshold) first += 1;
    if (first === width) continue;

    let last = width - 1;
    while (values[row + last]! <= threshold) last -= 1;

    if (first < left) left = first;
    if (last > right) right = last;
    if (y < top) top = y;
    bottom = y;
  }

  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The plane's part at `box`, stretched bilinearly to `width` × `height`. Parts of the box outside of the plane read 0. */
export function stretch(plane: Plane, box: Box, width: number, height: number): Plane {
  const out = new Uint8Array(width * height);
  const columns = samples(box.left, box.width, width, plane.width);
  const rows = samples(box.top, box.height, height, plane.height);
  const blended = new Float32Array(plane.width);

  for (let y = 0; y < height; y += 1) {
    if (rows.isOutside[y]) continue;

    // Down first, at the plane's own width, which is the smaller one: then one step of arithmetic a pixel is left.
    const above = rows.low[y]! * plane.width;
    const below = rows.high[y]! * plane.width;
    const fy = rows.part[y]!;
    for (let x = 0; x < plane.width; x += 1) {
      blended[x] = plane.values[above + x]! * (1 - fy) + plane.values[below + x]! * fy + 0.5;
    }

    const to = y * width;
    for (let x = 0; x < width; x += 1) {
      if (columns.isOutside[x]) continue;
      const value = blended[columns.low[x]!]!;
      out[to + x] = value + (blended[columns.high[x]!]! - value) * columns.part[x]!;
    }
  }

  return { values: out, width, height };
}

function samples(start: number, length: number, count: number, limit: number) {
  const low = new Int32Array(count);
  const high = new Int32Array(count);
  const part = new Float32Array(count);
  const isOutside = new Uint8Array(count);

  for (let i = 0; i < count; i += 1) {
    const at = start + ((i + 0.5) * length) / count - 0.5;
    isOutside[i] = at < -0.5 || at > limit - 0.5 ? 1 : 0;
    const inside = Math.min(limit - 1, Math.max(0, at));
    low[i] = Math.floor(inside);
    high[i] = Math.min(limit - 1, low[i]! + 1);
    part[i] = inside - low[i]!;
  }

  return { low, high, part, isOutside };
}

/** Mean over a square of side `2 × radius + 1`, clipped at the border. Two passes of running sums: the cost does not grow with the radius. */
export function boxBlur(plane: Plane, radius: number): Plane {
  const { values, width, height } = plane;
  const across = new Uint16Array(width * height);
  const out = new Uint8Array(width * height);

  // Sixteenths of a level between the passes, or rounding would show as steps in a soft edge.
  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    let sum = 0;
    let count = 0;
    for (let x = 0; x < Math.min(radius, width); x += 1, count += 1) sum += values[row + x]!;
    for (let x = 0; x < width; x += 1) {
      if (x + radius < width) ((sum += values[row + x + radius]!), (count += 1));
      if (x - radius > 0) ((sum -= values[row + x - radius - 1]!), (count -= 1));
      across[row + x] = (sum * 16) / count + 0.5;
    }
  }

  const sums = new Float64Array(width);
  let rows = 0;
  const addRow = (y: number, sign: 1 | -1): void => {
    for (let x = 0; x < width; x += 1) sums[x] = sums[x]! + sign * across[y * width + x]!;
    rows += sign;
  };
  for (let y = 0; y < Math.min(radius, height); y += 1) addRow(y, 1);
  for (let y = 0; y < height; y += 1) {
    if (y + radius < height) addRow(y + radius, 1);
    if (y - radius > 0) addRow(y - radius - 1, -1);
    const scale = 1 / (16 * rows);
    for (let x = 0; x < width; x += 1) out[y * width + x] = sums[x]! * scale + 0.5;
  }

  return { values: out, width, height };
}
