/*
 * Minimum cut over cells with up to eight neighbours, by growing a tree from each terminal (Boykov and Kolmogorov, 2004)
 * over flat arrays. Neighbours come from a table, so that a cut may take any set of pixels: a band of 60,000 in a picture
 * of two million costs what 60,000 cost. Cell 0 is dead and stands for every neighbour that is not there. Capacities are
 * integers: with floats the last augmentations carry next to nothing and never seem to end.
 */

/** Directions come in pairs: the way back of `d` is `d ^ 1`. */
export const directions = [
  { x: 1, y: 0 },
  { x: -1, y: 0 },
  { x: 0, y: 1 },
  { x: 0, y: -1 },
  { x: 1, y: 1 },
  { x: -1, y: -1 },
  { x: -1, y: 1 },
  { x: 1, y: -1 },
] as const;

const free = 0;
const source = 1;
const sink = 2;

// Beside 0 to 7, the direction of the parent.
const toTerminal = 8;
const orphaned = 9;
const noParent = 10;

export type FlowGraph = {
  /** The cell in each direction, at `cell * 8 + direction`; 0 where there is none. */
  readonly neighbours: Int32Array;
  /** Residual capacity from cell to neighbour, at `cell * 8 + direction`. */
  readonly capacities: Int32Array;
  /** Above zero: residual from the source; below: residual to the sink. */
  readonly terminals: Int32Array;
  readonly tree: Uint8Array;
  readonly parent: Uint8Array;
  readonly stamp: Int32Array;
  readonly distance: Int32Array;
  readonly active: Ring;
  readonly orphans: Ring;
  now: number;
};

/** First in, first out, each cell at most once at a time. */
type Ring = { cells: Int32Array; isIn: Uint8Array; head: number; size: number };

/** Cells 1 to `cells`, not linked yet. */
export function createFlowGraph(cells: number): FlowGraph {
  const count = cells + 1;

  return {
    neighbours: new Int32Array(count * 8),
    capacities: new Int32Array(count * 8),
    terminals: new Int32Array(count),
    tree: new Uint8Array(count),
    parent: new Uint8Array(count).fill(noParent),
    stamp: new Int32Array(count),
    distance: new Int32Array(count),
    active: { cells: new Int32Array(count), isIn: new Uint8Array(count), head: 0, size: 0 },
    orphans: { cells: new Int32Array(count), isIn: new Uint8Array(count), head: 0, size: 0 },
    now: 0,
  };
}

function push(ring: Ring, cell: number): void {
  if (ring.isIn[cell]) return;
  ring.isIn[cell] = 1;
  let at = ring.head + ring.size;
  if (at >= ring.cells.length) at -= ring.cells.length;
  ring.cells[at] = cell;
  ring.size += 1;
}

function shift(ring: Ring): number {
  const cell = ring.cells[ring.head]!;
  ring.head = ring.head + 1 === ring.cells.length ? 0 : ring.head + 1;
  ring.size -= 1;
  ring.isIn[cell] = 0;
  return cell;
}

/** Pushes all the flow there is. Afterwards `isOnSourceSide` says how the cheapest cut divides the cells. Consumes the capacities. */
export function cut(graph: FlowGraph): void {
  plantTrees(graph);

  while (graph.active.size > 0) {
    const cell = shift(graph.active);

    // The same cell goes on growing after each path that was found through it.
    while (graph.tree[cell] !== free) {
      const bridge = grow(graph, cell);
      if (bridge < 0) break;
      graph.now += 1;
      augment(graph, bridge);
      while (graph.orphans.size > 0) adopt(graph, shift(graph.orphans));
    }
  }
}

export function isOnSourceSide(graph: FlowGraph, cell: number): boolean {
  return graph.tree[cell] === source;
}

function plantTrees(graph: FlowGraph): void {
  const { terminals, tree, parent, distance, neighbours } = graph;
  for (let cell = 1; cell < terminals.length; cell += 1) {
    const residual = terminals[cell]!;
    if (residual === 0) continue;
    tree[cell] = residual > 0 ? source : sink;
    parent[cell] = toTerminal;
    distance[cell] = 1;
  }

  // Cells among their own kind have nowhere to grow. Should a neighbour fall free later, `adopt` wakes them.
  for (let cell = 1; cell < terminals.length; cell += 1) {
    const own = tree[cell]!;
    if (own === free) continue;
    for (let d = 0; d < 8; d += 1) {
      if (tree[neighbours[cell * 8 + d]!] === own) continue;
      push(graph.active, cell);
      break;
    }
  }
}

/** Takes free neighbours into the cell's tree. Answers the edge, source side first, where the trees meet, or -1. */
function grow(graph: FlowGraph, cell: number): number {
  const { capacities, tree, parent, stamp, distance, neighbours } = graph;
  const own = tree[cell]!;
  const base = cell * 8;

  for (let d = 0; d < 8; d += 1) {
    const next = neighbours[cell * 8 + d]!;
    const back = next * 8 + (d ^ 1);
    if ((own === source ? capacities[base + d] : capacities[back]) === 0) continue;

    const other = tree[next]!;
    if (other === free) {
      tree[next] = own;
      parent[next] = d ^ 1;
      stamp[next] = stamp[cell]!;
      distance[next] = distance[cell]! + 1;
      push(graph.active, next);
    } else if (other !== own) {
      return own === source ? base + d : back;
    } else if (stamp[next]! <= stamp[cell]! && distance[next]! > distance[cell]!) {
      // A shorter way to the terminal for a neighbour in the same tree.
      parent[next] = d ^ 1;
      stamp[next] = stamp[cell]!;
      distance[next] = distance[cell]! + 1;
    }
  }

  return -1;
}

/** Pushes the bottleneck of the path through `bridge` from source to sink; cells cut off from their terminal become orphans. */
function augment(graph: FlowGraph, bridge: number): void {
  const { capacities, neighbours } = graph;
  const near = bridge >> 3;
  const far = neighbours[bridge]!;
  const flow = Math.min(capacities[bridge]!, roomToTerminal(graph, near), roomToTerminal(graph, far));

  capacities[bridge] = capacities[bridge]! - flow;
  capacities[far * 8 + ((bridge & 7) ^ 1)] = capacities[far * 8 + ((bridge & 7) ^ 1)]! + flow;
  pushToTerminal(graph, near, flow);
  pushToTerminal(graph, far, flow);
}

function roomToTerminal(graph: FlowGraph, from: number): number {
  const { capacities, parent, neighbours } = graph;
  const isSource = graph.tree[from] === source;
  let room = Infinity;
  let cell = from;

  for (;;) {
    const d = parent[cell]!;
    if (d === toTerminal) return Math.min(room, Math.abs(graph.terminals[cell]!));
    const up = neighbours[cell * 8 + d]!;
    const capacity = isSource ? capacities[up * 8 + (d ^ 1)]! : capacities[cell * 8 + d]!;
    if (capacity < room) room = capacity;
    cell = up;
  }
}

function pushToTerminal(graph: FlowGraph, from: number, flow: number): void {
  const { capacities, parent, terminals, neighbours } = graph;
  const isSource = graph.tree[from] === source;
  let cell = from;

  for (;;) {
    const d = parent[cell]!;
    if (d === toTerminal) break;
    const up = neighbours[cell * 8 + d]!;
    const down = up * 8 + (d ^ 1);
    const rise = cell * 8 + d;
    const spent = isSource ? down : rise;
    const gained = isSource ? rise : down;
    capacities[gained] = capacities[gained]! + flow;
    capacities[spent] = capacities[spent]! - flow;
    if (capacities[spent] === 0) orphan(graph, cell);
    cell = up;
  }

  terminals[cell] = terminals[cell]! - (isSource ? flow : -flow);
  if (terminals[cell] === 0) orphan(graph, cell);
}

function orphan(graph: FlowGraph, cell: number): void {
  graph.parent[cell] = orphaned;
  push(graph.orphans, cell);
}

/** Finds the orphan a new parent that still reaches the terminal, the nearest one; without any it falls free, and its children with it. */
function adopt(graph: FlowGraph, cell: number): void {
  const { capacities, tree, parent, stamp, distance, neighbours } = graph;
  const own = tree[cell]!;
  let best = noParent;
  let bestDistance = Infinity;

  for (let d = 0; d < 8; d += 1) {
    const next = neighbours[cell * 8 + d]!;
    if (tree[next] !== own) continue;
    if ((own === source ? capacities[next * 8 + (d ^ 1)] : capacities[cell * 8 + d]) === 0) continue;
    const length = distanceToTerminal(graph, next);
    if (length >= bestDistance) continue;
    best = d;
    bestDistance = length;
  }

  if (best !== noParent) {
    parent[cell] = best;
    stamp[cell] = graph.now;
    distance[cell] = bestDistance + 1;
    return;
  }

  for (let d = 0; d < 8; d += 1) {
    const next = neighbours[cell * 8 + d]!;
    if (tree[next] !== own) continue;
    if ((own === source ? capacities[next * 8 + (d ^ 1)] : capacities[cell * 8 + d]) !== 0) push(graph.active, next);
    if (parent[next] === (d ^ 1)) orphan(graph, next);
  }
  parent[cell] = noParent;
  stamp[cell] = 0;
  tree[cell] = free;
}

/** Steps to the terminal, or Infinity when the way ends at an orphan. Leaves stamps, so that the way is walked once. */
function distanceToTerminal(graph: FlowGraph, from: number): number {
  const { parent, stamp, distance, neighbours, now } = graph;
  let steps = 0;
  let cell = from;

  for (;;) {
    if (stamp[cell] === now) {
      steps += distance[cell]!;
      break;
    }
    const d = parent[cell]!;
    if (d >= orphaned) return Infinity;
    steps += 1;
    if (d === toTerminal) {
      stamp[cell] = now;
      distance[cell] = 1;
      break;
    }
    cell = neighbours[cell * 8 + d]!;
  }

  const length = steps;
  for (let at = from; stamp[at] !== now; at = neighbours[at * 8 + parent[at]!]!) {
    stamp[at] = now;
    distance[at] = steps;
    steps -= 1;
  }
  return length;
}
