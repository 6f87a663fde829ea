import { coneSize } from "../cone/check-cone.ts";
import type { Cone } from "../cone/types.ts";
import type { PlacedDerivative } from "./cone-system.ts";

const STEPS = 20;

/**
 * Π_K(v) near a known pair `(s, y)` with `v ≈ s − y`. Cones whose projection is the identity or 0 there stay so.
 */
export function project(
  cones: readonly Cone[],
  v: Float64Array,
  near: { readonly s: Float64Array; readonly y: Float64Array },
  blocks: readonly PlacedDerivative[],
): Float64Array {
  const out = new Float64Array(v.length);
  const kinds: Cone["kind"][] = [];
  let row = 0;
  for (const cone of cones) {
    for (let i = 0; i < coneSize(cone); i++) kinds[row++] = cone.kind;
  }
  for (const { offset, derivative } of blocks) {
    const end = offset + derivative.size;
    const own = v.subarray(offset, end);
    const s = near.s.subarray(offset, end);
    const y = near.y.subarray(offset, end);
    if (derivative.matrix === null) {
      if (derivative.uniform === 1) out.set(own, offset);
      continue;
    }
    switch (kinds[offset]!) {
      case "second-order":
        out.set(onSecondOrder(own), offset);
        break;
      case "rotated":
        out.set(turn(onSecondOrder(turn(own))), offset);
        break;
      case "dual-exponential": {
        // Moreau: Π_K*(v) = v + Π_K(−v).
        const opposite = onExponential(
          own.map((value) => -value),
          y,
          s[2]!,
        );
        out.set(
          own.map((value, i) => value + opposite[i]!),
          offset,
        );
        break;
      }
      default:
        out.set(onExponential(own, s, y[2]!), offset);
    }
  }
  return out;
}

/** The boundary point nearest to a v that is in neither the cone nor its polar. */
function onSecondOrder(v: Float64Array): Float64Array {
  const norm = Math.hypot(...v.subarray(1));
  const height = (v[0]! + norm) / 2;
  return v.map((value, i) => (i === 0 ? height : (height / norm) * value));
}

/** Newton's method on `s − v + λ∇g(s) = 0`, `g(s) = s₁ exp(s₀/s₁) − s₂ = 0` from a point nearby. */
function onExponential(v: Float64Array, from: Float64Array, multiplier: number): Float64Array {
  if (!(from[1]! > 0)) return Float64Array.of(Math.min(v[0]!, 0), 0, Math.max(v[2]!, 0));
  let [x, y, lambda] = [from[0]!, from[1]!, multiplier];
  // With s₂ = y e^(x/y) and λ = s₂ − v₂ two equations in (x, y) are left.
  for (let step = 0; step < STEPS; step++) {
    const r = x / y;
    const e = Math.exp(r);
    lambda = y * e - v[2]!;
    const f0 = x - v[0]! + lambda * e;
    const f1 = y - v[1]! + lambda * e * (1 - r);
    const bend = (lambda * e) / y;
    const [l0, l1] = [e, e * (1 - r)];
    const j00 = 1 + bend + l0 * e;
    const j01 = -bend * r + l1 * e;
    const j10 = -bend * r + l0 * e * (1 - r);
    const j11 = 1 + bend * r * r + l1 * e * (1 - r);
    const determinant = j00 * j11 - j01 * j10;
    const dx = (j11 * f0 - j01 * f1) / determinant;
    const dy = (j00 * f1 - j10 * f0) / determinant;
    x -= dx;
    y = Math.max(y - dy, y / 10);
    if (Math.abs(dx) + Math.abs(dy) <= 1e-16 * (Math.abs(x) + y)) break;
  }
  return Float64Array.of(x, y, y * Math.exp(x / y));
}

function turn(v: Float64Array): Float64Array {
  const out = v.slice();
  out[0] = (v[0]! + v[1]!) * Math.SQRT1_2;
  out[1] = (v[0]! - v[1]!) * Math.SQRT1_2;
  return out;
}
