/** Angles in degrees from straight down, positive towards the viewer's right: the upper and the lower part of a limb. */
type Limb = readonly [upper: number, lower: number];

export type Pose = {
  /** Of the torso, from upright. */
  lean: number;
  /** Of the head, beyond the lean. */
  tilt: number;
  armLeft: Limb;
  armRight: Limb;
  legLeft: Limb;
  legRight: Limb;
  /** Sits: thighs come towards the viewer and look shorter. */
  isSeated?: boolean;
};

export const poses: readonly [Pose, ...Pose[]] = [
  { lean: 0, tilt: 0, armLeft: [-14, -6], armRight: [14, 6], legLeft: [-4, -1], legRight: [6, 2] },
  { lean: -3, tilt: 4, armLeft: [-12, -3], armRight: [52, -46], legLeft: [-2, 0], legRight: [16, 6] },
  { lean: 2, tilt: -2, armLeft: [-26, -8], armRight: [22, 40], legLeft: [-15, 4], legRight: [17, 13] },
  { lean: 0, tilt: 3, armLeft: [-20, 66], armRight: [20, -66], legLeft: [-6, -2], legRight: [6, 3] },
  { lean: 3, tilt: -6, armLeft: [-16, -8], armRight: [152, 168], legLeft: [-6, -2], legRight: [12, 4] },
  { lean: 0, tilt: 0, armLeft: [-54, 48], armRight: [54, -48], legLeft: [-13, -8], legRight: [13, 8] },
  { lean: -4, tilt: 8, armLeft: [-15, -4], armRight: [122, -142], legLeft: [-3, 0], legRight: [15, 7] },
  { lean: 7, tilt: -8, armLeft: [-12, 14], armRight: [46, -38], legLeft: [10, -10], legRight: [14, 9] },
  { lean: -2, tilt: 2, armLeft: [-32, -50], armRight: [28, 48], legLeft: [-20, -27], legRight: [9, -10] },
  { lean: -3, tilt: 5, armLeft: [-20, 22], armRight: [34, -20], legLeft: [-30, 4], legRight: [44, 10], isSeated: true },
  { lean: 4, tilt: -6, armLeft: [-112, -142], armRight: [118, 144], legLeft: [-8, -10], legRight: [18, 36] },
  { lean: -2, tilt: 9, armLeft: [-30, 24], armRight: [30, -24], legLeft: [-5, -1], legRight: [15, 4] },
];

export type Figure = {
  pose: Pose;
  /** Where the middle of the hips is, in pixels, and how tall the figure stands. */
  x: number;
  y: number;
  height: number;
  /** The hair is worn in a knot. */
  hasKnot: boolean;
  colours: { skin: string; hair: string; garment: string; legs: string; shoes: string };
};

type Point = { x: number; y: number };

/** Lengths as shares of the figure's height. */
const bones = { neck: 0.055, torso: 0.262, shoulders: 0.074, waist: 0.046, hips: 0.058 };
const arm = [0.15, 0.14] as const;
const leg = [0.245, 0.235] as const;

/** A calm figure of soft shapes, as SVG. */
export function drawFigure({ pose, x, y, height, hasKnot, colours }: Figure): string {
  const scale = (share: number): number => share * height;
  const hip = { x, y };
  const chest = along(hip, 180 - pose.lean, scale(bones.torso));
  const head = along(chest, 180 - pose.lean - pose.tilt, scale(bones.neck + 0.06));
  const side = (from: Point, share: number): Point => along(from, 90 - pose.lean, scale(share));

  const shoulder = between(chest, hip, 0.06);
  const shorter = pose.isSeated ? ([leg[0] * 0.62, leg[1]] as const) : leg;
  const limbs = {
    armLeft: joints(side(shoulder, -bones.shoulders * 0.94), pose.armLeft, arm, height),
    armRight: joints(side(shoulder, bones.shoulders * 0.94), pose.armRight, arm, height),
    legLeft: joints(side(hip, -bones.hips * 0.52), pose.legLeft, shorter, height),
    legRight: joints(side(hip, bones.hips * 0.52), pose.legRight, shorter, height),
  };

  const legOf = (points: readonly Point[]): string =>
    stroke(points, colours.legs, scale(0.054)) + shoe(points.at(-1) ?? hip, scale(0.03), colours.shoes);
  const armOf = (points: readonly [Point, Point, Point]): string =>
    stroke(points, colours.skin, scale(0.03)) +
    stroke([points[0], between(points[0], points[1], 0.8)], colours.garment, scale(0.046));

  return [
    pose.isSeated ? stool(hip, height, colours.legs) : '',
    legOf(limbs.legLeft),
    legOf(limbs.legRight),
    stroke([chest, between(chest, head, 0.6)], colours.skin, scale(0.04)),
    torso({ chest, hip, side, scale }, colours),
    armOf(limbs.armLeft),
    armOf(limbs.armRight),
    headOf(head, { turn: pose.lean + pose.tilt, height, hasKnot, colours }),
  ].join('');
}

function joints(from: Point, limb: Limb, lengths: readonly [number, number], height: number): [Point, Point, Point] {
  const middle = along(from, limb[0], lengths[0] * height);
  return [from, middle, along(middle, limb[1], lengths[1] * height)];
}

type Trunk = { chest: Point; hip: Point; side(from: Point, share: number): Point; scale(share: number): number };

/** Sloping shoulders, waist and hem in one soft outline, with a neckline of skin. */
function torso({ chest, hip, side, scale }: Trunk, { garment, skin }: Figure['colours']): string {
  const [top, slope, waist] = [between(chest, hip, -0.07), between(chest, hip, 0.05), between(chest, hip, 0.6)];
  const half = (sign: 1 | -1): Point[] => [
    side(top, sign * 0.032),
    side(slope, sign * bones.shoulders),
    side(waist, sign * bones.waist),
    side(hip, sign * bones.hips),
  ];
  const [left, right] = [half(-1), half(1)];
  const edge = [...left, ...right.reverse()].map(at);
  const outline = `M${edge[0]}L${edge[1]}Q${edge[2]} ${edge[3]}L${edge[4]}Q${edge[5]} ${edge[6]}L${edge[7]}Z`;
  const collar = between(chest, hip, -0.125);
  const neckline = `M${at(side(collar, -0.022))}L${at(side(top, -0.03))}Q${at(between(chest, hip, 0.14))} ${at(side(top, 0.03))}L${at(side(collar, 0.022))}Z`;
  const width = round(scale(0.036));
  return `<path d="${outline}" fill="${garment}" stroke="${garment}" stroke-width="${width}" stroke-linejoin="round"/><path d="${neckline}" fill="${skin}" stroke="${skin}" stroke-width="${round(width * 0.4)}" stroke-linejoin="round"/>`;
}

type Head = Pick<Figure, 'height' | 'hasKnot' | 'colours'> & { turn: number };

function headOf(head: Point, { turn, height, hasKnot, colours: { skin, hair } }: Head): string {
  const rx = height * 0.046;
  const ry = height * 0.058;
  const turned = `transform="rotate(${round(turn)} ${at(head)})"`;
  const knot = hasKnot
    ? `<circle cx="${round(head.x)}" cy="${round(head.y - ry * 1.32)}" r="${round(rx * 0.5)}" fill="${hair}"/>`
    : '';
  const back = `<ellipse cx="${round(head.x)}" cy="${round(head.y - ry * 0.12)}" rx="${round(rx * 1.2)}" ry="${round(ry * 1.14)}" fill="${hair}"/>`;
  const face = `<ellipse cx="${round(head.x)}" cy="${round(head.y + ry * 0.16)}" rx="${round(rx * 0.88)}" ry="${round(ry * 0.86)}" fill="${skin}"/>`;
  return `<g ${turned}>${knot}${back}${face}</g>`;
}

function stool(hip: Point, height: number, colour: string): string {
  const width = height * 0.2;
  const top = hip.y + height * 0.03;
  const seat = `<rect x="${round(hip.x - width / 2)}" y="${round(top)}" width="${round(width)}" height="${round(height * 0.03)}" rx="${round(height * 0.015)}"/>`;
  const foot = (shift: number): string =>
    `<path d="M${round(hip.x + shift * 0.7)} ${round(top)}L${round(hip.x + shift)} ${round(top + height * 0.4)}" stroke="${colour}" stroke-width="${round(height * 0.012)}" stroke-linecap="round"/>`;
  return `<g fill="${colour}" opacity="0.35">${seat}${foot(-width * 0.45)}${foot(width * 0.45)}</g>`;
}

const shoe = (foot: Point, radius: number, colour: string): string =>
  `<ellipse cx="${round(foot.x)}" cy="${round(foot.y + radius * 0.5)}" rx="${round(radius * 1.15)}" ry="${round(radius * 0.62)}" fill="${colour}"/>`;

function stroke(points: readonly Point[], colour: string, width: number): string {
  return `<polyline points="${points.map(at).join(' ')}" fill="none" stroke="${colour}" stroke-width="${round(width)}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

function along(from: Point, degrees: number, length: number): Point {
  const radians = (degrees * Math.PI) / 180;
  return { x: from.x + Math.sin(radians) * length, y: from.y + Math.cos(radians) * length };
}

const between = (a: Point, b: Point, share: number): Point => ({
  x: a.x + (b.x - a.x) * share,
  y: a.y + (b.y - a.y) * share,
});

const round = (value: number): number => Math.round(value * 10) / 10;
const at = ({ x, y }: Point): string => `${round(x)},${round(y)}`;
