export type Palette = {
  sky: readonly [top: string, bottom: string];
  floor: string;
  shape: string;
  accent: string;
  skin: string;
  hair: string;
  legs: string;
  shoes: string;
  ink: string;
};

type Scene = 'studio' | 'street' | 'indoor' | 'cafe' | 'garden' | 'beach';

const people = { skin: '#e2b99a', hair: '#43352f', legs: '#59606b', shoes: '#34383f', ink: '#2f2a26' };

const palettes: Record<Scene, Palette> = {
  studio: { ...people, sky: ['#efeae3', '#ddd5ca'], floor: '#d3cabd', shape: '#e6dfd5', accent: '#c9b79f' },
  street: { ...people, sky: ['#dfe6ec', '#c6d0da'], floor: '#b4bcc5', shape: '#b9c5d0', accent: '#e3c8a0' },
  indoor: { ...people, sky: ['#f1e6da', '#e4d3c1'], floor: '#c9ae93', shape: '#f7efe4', accent: '#b98d6c' },
  cafe: { ...people, sky: ['#e7dacb', '#cfb89f'], floor: '#a98a70', shape: '#d9c5ae', accent: '#8c5f45' },
  garden: { ...people, sky: ['#e6eddf', '#cbd9c0'], floor: '#b4c6a5', shape: '#b7cba8', accent: '#93ad84' },
  beach: { ...people, sky: ['#dcebf0', '#f0e6d8'], floor: '#e6d3b5', shape: '#a9cdd6', accent: '#f3c88f' },
};

/** What a prompt is recognised by, in either language. The first that fits. */
const words: [scene: Scene, pattern: RegExp][] = [
  ['cafe', /caf[eé]|coffee|咖啡/i],
  ['garden', /garden|park|花园|庭院|公园/i],
  ['beach', /beach|seaside|海边|海滩|沙滩/i],
  ['street', /street|city|街/i],
  ['indoor', /indoor|living room|室内|居家|客厅/i],
];

export const sceneOf = (prompt: string): Scene => words.find(([, pattern]) => pattern.test(prompt))?.[0] ?? 'studio';
export const paletteOf = (scene: Scene): Palette => palettes[scene];

type Size = { width: number; height: number };

/** A calm place, as SVG. `shift` from 0 to 1 moves its things along, so that no two frames stand at the same spot. */
export function drawBackdrop(scene: Scene, size: Size, shift: number): string {
  const { width, height } = size;
  const { sky } = palettes[scene];
  const gradient = `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${sky[0]}"/><stop offset="1" stop-color="${sky[1]}"/></linearGradient></defs>`;
  const wall = `<rect width="${width}" height="${height}" fill="url(#sky)"/>`;
  return gradient + wall + things[scene](size, shift, palettes[scene]);
}

const horizon = 0.78;

const things: Record<Scene, (size: Size, shift: number, palette: Palette) => string> = {
  studio({ width: w, height: h }, shift, { floor, shape }) {
    const glow = `<circle cx="${w * (0.3 + shift * 0.4)}" cy="${h * 0.42}" r="${w * 0.44}" fill="${shape}" opacity="0.8"/>`;
    return `${glow}<path d="M0 ${h * 0.8}Q${w / 2} ${h * 0.72} ${w} ${h * 0.8}V${h}H0Z" fill="${floor}" opacity="0.55"/>`;
  },
  street({ width: w, height: h }, shift, { floor, shape, accent }) {
    const houses = [0.5, 0.34, 0.6, 0.42, 0.54, 0.3].map((tall, index) => {
      const x = w * (index * 0.2 - shift * 0.18);
      return house({ x, y: h * (horizon - tall), width: w * 0.17, height: h * tall }, shape, accent);
    });
    const kerb = `<rect y="${h * (horizon + 0.05)}" width="${w}" height="${h * 0.006}" fill="#ffffff" opacity="0.5"/>`;
    return `${houses.join('')}${ground(w, h, floor)}${kerb}`;
  },
  indoor({ width: w, height: h }, shift, { floor, shape, accent }) {
    const x = w * (0.08 + shift * 0.4);
    const frame = `<rect x="${x}" y="${h * 0.12}" width="${w * 0.42}" height="${h * 0.42}" rx="${w * 0.012}" fill="${shape}"/>`;
    const bars = `<path d="M${x + w * 0.21} ${h * 0.12}v${h * 0.42}M${x} ${h * 0.33}h${w * 0.42}" stroke="${accent}" stroke-opacity="0.35" stroke-width="${w * 0.008}"/>`;
    const light = `<path d="M${x} ${h}L${x + w * 0.12} ${h * horizon}h${w * 0.38}L${x + w * 0.62} ${h}Z" fill="#ffffff" opacity="0.18"/>`;
    return `${frame}${bars}${ground(w, h, floor)}${light}`;
  },
  cafe({ width: w, height: h }, shift, { floor, shape, accent }) {
    const lamps = [0.16, 0.5, 0.84].map((place) =>
      lamp(w * (place - shift * 0.1), h * (0.16 + place * 0.08), w, accent),
    );
    const table = `<ellipse cx="${w * (0.86 - shift * 0.7)}" cy="${h * 0.74}" rx="${w * 0.15}" ry="${h * 0.016}" fill="${accent}"/><rect x="${w * (0.855 - shift * 0.7)}" y="${h * 0.74}" width="${w * 0.01}" height="${h * 0.14}" fill="${accent}"/>`;
    return `<rect y="${h * 0.5}" width="${w}" height="${h * 0.3}" fill="${shape}" opacity="0.6"/>${lamps.join('')}${ground(w, h, floor)}${table}`;
  },
  garden({ width: w, height: h }, shift, { floor, shape, accent }) {
    const hill = `<path d="M0 ${h * 0.6}Q${w * (0.2 + shift * 0.4)} ${h * 0.48} ${w} ${h * 0.64}V${h}H0Z" fill="${shape}" opacity="0.55"/>`;
    const leaves = [0.06, 0.2, 0.78, 0.93].map((place, index) =>
      sprig(w * (place + (shift - 0.5) * 0.06), h * (horizon + 0.03), h * (0.15 + (index % 2) * 0.08), accent),
    );
    return `${hill}${ground(w, h, floor)}${leaves.join('')}`;
  },
  beach({ width: w, height: h }, shift, { floor, shape, accent }) {
    const sun = `<circle cx="${w * (0.2 + shift * 0.6)}" cy="${h * 0.3}" r="${w * 0.11}" fill="${accent}" opacity="0.8"/>`;
    const sea = `<rect y="${h * 0.52}" width="${w}" height="${h * 0.3}" fill="${shape}"/>`;
    const waves = [0.58, 0.65].map(
      (y) =>
        `<path d="M0 ${h * y}q${w * 0.125} ${-h * 0.012} ${w * 0.25} 0t${w * 0.25} 0t${w * 0.25} 0t${w * 0.25} 0" fill="none" stroke="#ffffff" stroke-opacity="0.5" stroke-width="${w * 0.006}"/>`,
    );
    const sand = `<path d="M0 ${h * 0.75}Q${w * 0.5} ${h * 0.69} ${w} ${h * 0.76}V${h}H0Z" fill="${floor}"/>`;
    return `${sun}${sea}${waves.join('')}${sand}`;
  },
};

const ground = (w: number, h: number, colour: string): string =>
  `<rect y="${h * horizon}" width="${w}" height="${h * (1 - horizon)}" fill="${colour}"/>`;

type Box = { x: number; y: number; width: number; height: number };

function house({ x, y, width, height }: Box, wall: string, light: string): string {
  const windows = [0.1, 0.26, 0.42, 0.58].flatMap((down, row) =>
    [0.2, 0.58].map((across, column) => {
      const colour = (row + column) % 3 === 0 ? light : '#ffffff';
      return `<rect x="${x + width * across}" y="${y + height * down}" width="${width * 0.22}" height="${height * 0.08}" fill="${colour}" opacity="0.55"/>`;
    }),
  );
  return `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${wall}" opacity="0.75"/>${windows.join('')}</g>`;
}

function lamp(x: number, y: number, w: number, colour: string): string {
  const shade = `<path d="M${x - w * 0.05} ${y}q${w * 0.05} ${-w * 0.09} ${w * 0.1} 0Z" fill="${colour}"/>`;
  return `<path d="M${x} 0V${y - w * 0.04}" stroke="${colour}" stroke-width="${w * 0.004}"/>${shade}<circle cx="${x}" cy="${y}" r="${w * 0.018}" fill="#fff3d6"/>`;
}

function sprig(x: number, y: number, tall: number, colour: string): string {
  const leaves = [0.3, 0.5, 0.7, 0.88].flatMap((up) =>
    [-1, 1].map((side) => {
      const cx = x + side * tall * 0.13;
      const cy = y - tall * up;
      return `<ellipse cx="${cx}" cy="${cy}" rx="${tall * 0.14}" ry="${tall * 0.055}" transform="rotate(${side * -32} ${cx} ${cy})"/>`;
    }),
  );
  return `<g fill="${colour}"><path d="M${x} ${y}V${y - tall}" stroke="${colour}" stroke-width="${tall * 0.02}"/>${leaves.join('')}</g>`;
}
