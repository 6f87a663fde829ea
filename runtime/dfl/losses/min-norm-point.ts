import { factorize, solveFactored } from "../../decide/structured/dense.ts";
import { dot } from "../../decide/dot.ts";

/** A point of a convex hull with the vertices that it is a proper mean of; these are affinely independent. */
export interface HullPoint {
  readonly point: Float64Array;
  readonly vertices: readonly Float64Array[];
}

/** A vertex must come this much nearer, relative to the squares at hand, to enter. */
const TOLERANCE = 1e-12;
const ROUNDS = 10_000;
/** Weights below this are 0. */
const DROPPED = 1e-12;

/**
 * The point of a convex hull that is nearest to θ: Wolfe's (1976) algorithm, exact after finitely many vertices.
 *
 * @param vertex a vertex v of least `direction·v`
 */
export function nearestInHull(theta: Float64Array, vertex: (direction: Float64Array) => Float64Array): HullPoint {
  let vertices = [vertex(theta.map((value) => -value))];
  let weights = [1];
  let point = vertices[0]!.slice();
  for (let round = 0; round < ROUNDS; round++) {
    const direction = point.map((value, i) => value - theta[i]!);
    const next = vertex(direction);
    const gap = dot(direction, point) - dot(direction, next);
    const scale = 1 + dot(point, point) + dot(theta, theta);
    if (gap <= TOLERANCE * scale || vertices.some((known) => known.every((value, i) => value === next[i]))) break;
    vertices.push(next);
    weights.push(0);
    // Towards the nearest point of the affine hull; what it would weigh below 0 leaves on the way.
    for (;;) {
      const target = affineWeights(vertices, theta);
      let step = 1;
      for (let k = 0; k < target.length; k++) {
        if (target[k]! < DROPPED) step = Math.min(step, weights[k]! / Math.max(weights[k]! - target[k]!, DROPPED));
      }
      weights = weights.map((weight, k) => weight + step * (target[k]! - weight));
      if (target.every((weight) => weight >= DROPPED)) break;
      const kept = vertices.map((_, k) => weights[k]! > DROPPED);
      // Rounding may leave the vertex that stopped the step a little weight.
      if (kept.every(Boolean)) kept[weights.indexOf(Math.min(...weights))] = false;
      vertices = vertices.filter((_, k) => kept[k]);
      weights = weights.filter((_, k) => kept[k]);
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    point = point.map((_, i) => vertices.reduce((sum, v, k) => sum + (weights[k]! / total) * v[i]!, 0));
  }
  return { point, vertices };
}

/** Weights, adding up to 1, of the point of the affine hull that is nearest to θ: `(G + 1 1ᵀ) u = 1`, G of `v − θ`. */
function affineWeights(vertices: readonly Float64Array[], theta: Float64Array): number[] {
  const count = vertices.length;
  const moved = vertices.map((v) => v.map((value, i) => value - theta[i]!));
  const gram = new Float64Array(count * count);
  for (let a = 0; a < count; a++) for (let b = 0; b <= a; b++) gram[a * count + b] = 1 + dot(moved[a]!, moved[b]!);
  factorize(gram, count, count);
  const weights = new Float64Array(count).fill(1);
  solveFactored(gram, count, count, weights);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return [...weights].map((weight) => weight / total);
}

/** Orthogonal projection of a vector on the directions within the face that the vertices span. */
export function projectOnFace({ vertices }: HullPoint, vector: Float64Array): Float64Array {
  const basis: Float64Array[] = [];
  const out = new Float64Array(vector.length);
  for (const vertex of vertices.slice(1)) {
    const direction = vertex.map((value, i) => value - vertices[0]![i]!);
    // Twice: once leaves what rounding brings back.
    for (let round = 0; round < 2; round++) {
      for (const known of basis) {
        const along = dot(known, direction);
        for (let i = 0; i < direction.length; i++) direction[i]! -= along * known[i]!;
      }
    }
    const length = Math.sqrt(dot(direction, direction));
    if (length < 1e-9) continue;
    const unit = direction.map((value) => value / length);
    basis.push(unit);
    const along = dot(unit, vector);
    for (let i = 0; i < out.length; i++) out[i]! += along * unit[i]!;
  }
  return out;
}
