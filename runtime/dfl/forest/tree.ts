import type { RandomStream } from "../../tensor/random.ts";

/** Rows to split: contexts n × p, targets n × d. */
export interface TreeRows {
  readonly contexts: Float64Array;
  readonly targets: Float64Array;
  readonly p: number;
  readonly d: number;
}

export interface TreeOptions {
  /** Least rows of a leaf. */
  readonly leaf: number;
  /** Context components that each split is chosen among, at most p. */
  readonly features: number;
}

/** A regression tree: a context falls into one leaf, which holds some of the rows. */
export interface Tree {
  /** Rows of the leaf of a context. */
  leaf(context: Float64Array): Int32Array;
  readonly leaves: number;
}

interface Node {
  feature: number;
  threshold: number;
  left: number;
  right: number;
  rows: Int32Array;
}

interface Split {
  readonly feature: number;
  readonly threshold: number;
  /** Fall of the sum of squares. */
  readonly gain: number;
}

/** A fall below this share of a node's sum of squares is rounding. */
const ROUNDING = 1e-12;

/**
 * CART (Breiman et al. 1984) for several targets: each node is split where the sum of squares of all targets falls most.
 *
 * @param mass weight of each row; rows of none take no part
 */
export function growTree(rows: TreeRows, mass: Float64Array, options: TreeOptions, stream: RandomStream): Tree {
  const nodes: Node[] = [];
  const add = (members: Int32Array): number =>
    nodes.push({ feature: -1, threshold: 0, left: -1, right: -1, rows: members }) - 1;
  add(Int32Array.from(mass.keys()).filter((row) => mass[row]! > 0));
  let leaves = 0;
  // Nodes that are added behind are split in their turn.
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at]!;
    const split = bestSplit(rows, mass, node.rows, options, stream.child(String(at)));
    if (split === null) {
      leaves++;
      continue;
    }
    const goesLeft = (row: number): boolean => rows.contexts[row * rows.p + split.feature]! <= split.threshold;
    node.feature = split.feature;
    node.threshold = split.threshold;
    node.left = add(node.rows.filter(goesLeft));
    node.right = add(node.rows.filter((row) => !goesLeft(row)));
    node.rows = new Int32Array(0);
  }
  return {
    leaves,
    leaf(context) {
      let node = nodes[0]!;
      while (node.feature >= 0) node = nodes[context[node.feature]! <= node.threshold ? node.left : node.right]!;
      return node.rows;
    },
  };
}

function bestSplit(
  { contexts, targets, p, d }: TreeRows,
  mass: Float64Array,
  members: Int32Array,
  { leaf, features }: TreeOptions,
  stream: RandomStream,
): Split | null {
  if (members.length < 2 * leaf) return null;
  const total = new Float64Array(d);
  let weight = 0;
  let squares = 0;
  for (const row of members) {
    weight += mass[row]!;
    for (let j = 0; j < d; j++) {
      total[j]! += mass[row]! * targets[row * d + j]!;
      squares += mass[row]! * targets[row * d + j]! ** 2;
    }
  }
  const whole = explained(total, weight);
  let best: Split | null = null;
  const left = new Float64Array(d);
  const right = new Float64Array(d);
  for (const feature of stream.permutation(p).subarray(0, features)) {
    const value = (row: number): number => contexts[row * p + feature]!;
    const order = members.slice().sort((a, b) => value(a) - value(b) || a - b);
    left.fill(0);
    let leftWeight = 0;
    for (let k = 0; k + leaf < order.length; k++) {
      const row = order[k]!;
      leftWeight += mass[row]!;
      for (let j = 0; j < d; j++) left[j]! += mass[row]! * targets[row * d + j]!;
      const [here, next] = [value(row), value(order[k + 1]!)];
      if (k + 1 < leaf || here === next) continue;
      for (let j = 0; j < d; j++) right[j] = total[j]! - left[j]!;
      const gain = explained(left, leftWeight) + explained(right, weight - leftWeight) - whole;
      if (gain > ROUNDING * squares && gain > (best?.gain ?? 0)) {
        const middle = here + (next - here) / 2;
        // Between two neighbouring doubles the middle may be the upper one.
        best = { feature, threshold: middle < next ? middle : here, gain };
      }
    }
  }
  return best;
}

/** Part of the sum of squares that a node's means account for. */
function explained(sums: Float64Array, weight: number): number {
  let squares = 0;
  for (const sum of sums) squares += sum ** 2;
  return squares / weight;
}
