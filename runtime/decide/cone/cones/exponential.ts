import type { ConeBlock, ScalingStrategy } from "./cone-block.ts";
import { dualGradient, dualHessian, dualThird, insideCone, insideDual, primalShadow } from "./exponential-barrier.ts";

/** Share by which a step that leaves the cone is shortened. */
const BACKTRACK = 0.8;
const SHORTEST_STEP = 1e-10;
/** Bisections that then lengthen it again. */
const HALVINGS = 5;
/** `−∇f*(z) = z`: the point that is its own shadow. */
const UNIT = [-1.051383945322714, 0.55640961946937, 1.258967884768947];
const EPSILON = 2 ** -52;

/** The places of H in its upper triangle, by columns. */
const PLACES = [0, 1, 4, 2, 5, 8];

/**
 * Exponential cone. H is the primal–dual scaling of Tunçel (2001) as computed by Dahl and Andersen (2022, §5) and
 * Goulart and Chen (2024, §5.2): with the shadows `s̃ = −∇f*(z)`, `z̃ = −∇f(s)`, `H z = s` and `H z̃ = s̃`, and on the
 * remaining direction a multiple of μ∇²f*(z). The corrector's third-order term is
 * `η = −½ ∇³f*(z)[Δz, ∇²f*(z)⁻¹ Δs]` (Dahl and Andersen, §4).
 */
export function createExponentialBlock(offset: number): ConeBlock {
  const h = new Float64Array(9);
  const hessian = new Float64Array(9);
  const gradient = new Float64Array(3);
  const shadowS = new Float64Array(3);
  const shadowZ = new Float64Array(3);
  const work = new Float64Array(3);
  const other = new Float64Array(3);
  const size = 3;

  function setDualScaling(mu: number): void {
    for (let i = 0; i < 9; i++) h[i] = mu * hessian[i]!;
  }

  /** @returns false where rounding would spoil it; then H is to be the dual one. */
  function setPrimalDualScaling(s: Float64Array, z: Float64Array): boolean {
    const [s0, s1, s2] = [s[offset]!, s[offset + 1]!, s[offset + 2]!];
    const [z0, z1, z2] = [z[offset]!, z[offset + 1]!, z[offset + 2]!];
    primalShadow(s0, s1, s2, shadowZ);
    for (let i = 0; i < 3; i++) shadowS[i] = -gradient[i]!;
    const product = s0 * z0 + s1 * z1 + s2 * z2;
    const mu = product / 3;
    const shadowMu = (shadowS[0]! * shadowZ[0]! + shadowS[1]! * shadowZ[1]! + shadowS[2]! * shadowZ[2]!) / 3;
    const ds = [s0 - mu * shadowS[0]!, s1 - mu * shadowS[1]!, s2 - mu * shadowS[2]!];
    const dz = [z0 - mu * shadowZ[0]!, z1 - mu * shadowZ[1]!, z2 - mu * shadowZ[2]!];
    const deltaProduct = ds[0]! * dz[0]! + ds[1]! * dz[1]! + ds[2]! * dz[2]!;
    multiply(hessian, shadowZ, work);
    const curvature = work[0]! * shadowZ[0]! + work[1]! * shadowZ[1]! + work[2]! * shadowZ[2]!;
    const excess = mu * shadowMu - 1;
    const spread = curvature - 3 * shadowMu * shadowMu;
    if (!(Math.abs(excess) > Math.sqrt(EPSILON) && Math.abs(spread) > EPSILON && product > 0 && deltaProduct > 0)) {
      return false;
    }
    for (let i = 0; i < 3; i++) work[i]! -= shadowMu * shadowS[i]!;
    let frobenius = 0;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const entry = hessian[3 * i + j]! - (shadowS[i]! * shadowS[j]!) / 3 - (work[i]! * work[j]!) / spread;
        frobenius += entry * entry;
      }
    }
    const rest = mu * Math.sqrt(frobenius);
    // The direction orthogonal to z and z̃.
    const axis = [
      z1 * shadowZ[2]! - z2 * shadowZ[1]!,
      z2 * shadowZ[0]! - z0 * shadowZ[2]!,
      z0 * shadowZ[1]! - z1 * shadowZ[0]!,
    ];
    const length = Math.hypot(axis[0]!, axis[1]!, axis[2]!);
    if (!(length > 0 && rest > 0 && rest < Infinity)) return false;
    const point = [s0, s1, s2];
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        h[3 * i + j] =
          (point[i]! * point[j]!) / product +
          (ds[i]! * ds[j]!) / deltaProduct +
          (rest * axis[i]! * axis[j]!) / (length * length);
      }
    }
    return true;
  }

  function inside(s: Float64Array, z: Float64Array, ds: Float64Array, dz: Float64Array, step: number): boolean {
    const o = offset;
    return (
      insideCone(s[o]! + step * ds[o]!, s[o + 1]! + step * ds[o + 1]!, s[o + 2]! + step * ds[o + 2]!) &&
      insideDual(z[o]! + step * dz[o]!, z[o + 1]! + step * dz[o + 1]!, z[o + 2]! + step * dz[o + 2]!)
    );
  }

  return {
    offset,
    size,
    degree: 3,
    symmetric: false,
    separable: false,
    extraSigns: [],
    places: [
      [0, 0],
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
      [2, 2],
    ],
    writeKkt(out, at) {
      for (let i = 0; i < 6; i++) out[at + i] = -h[PLACES[i]!]!;
    },
    setIdentity() {
      h.fill(0);
      h[0] = h[4] = h[8] = 1;
    },
    updateScaling(s, z, mu, strategy: ScalingStrategy) {
      const [u, v, w] = [z[offset]!, z[offset + 1]!, z[offset + 2]!];
      if (!(insideDual(u, v, w) && insideCone(s[offset]!, s[offset + 1]!, s[offset + 2]!))) return false;
      dualGradient(u, v, w, gradient);
      dualHessian(u, v, w, hessian);
      if (strategy === "dual" || !setPrimalDualScaling(s, z)) setDualScaling(mu);
      return h.every((entry) => Math.abs(entry) < Infinity);
    },
    applyScaling(x, y) {
      for (let i = 0; i < 3; i++) work[i] = x[offset + i]!;
      multiply(h, work, other);
      for (let i = 0; i < 3; i++) y[offset + i] = other[i]!;
    },
    affineShift(s, shift) {
      for (let i = offset; i < offset + 3; i++) shift[i] = s[i]!;
    },
    combinedShift(s, z, ds, dz, target, weight, shift) {
      for (let i = 0; i < 3; i++) work[i] = ds[offset + i]!;
      const solved = weight > 0 && solveThree(hessian, work, other);
      if (solved) {
        for (let i = 0; i < 3; i++) work[i] = dz[offset + i]!;
        dualThird(z[offset]!, z[offset + 1]!, z[offset + 2]!, work, other, shadowS);
      }
      for (let i = 0; i < 3; i++) {
        const correction = solved ? -0.5 * weight * shadowS[i]! : 0;
        shift[offset + i] = s[offset + i]! + target * gradient[i]! + correction;
      }
    },
    longestStep(s, z, ds, dz, longest) {
      let step = longest;
      if (inside(s, z, ds, dz, step)) return step;
      let outside = step;
      while (!inside(s, z, ds, dz, step)) {
        outside = step;
        step *= BACKTRACK;
        if (step < SHORTEST_STEP) return 0;
      }
      for (let k = 0; k < HALVINGS; k++) {
        const middle = (step + outside) / 2;
        if (inside(s, z, ds, dz, middle)) step = middle;
        else outside = middle;
      }
      return step;
    },
    setUnit(s, z) {
      for (const v of [s, z]) v.set(UNIT, offset);
    },
    margin: () => Infinity,
    addUnit: () => undefined,
    centrality(s, z, mu) {
      const [u, v, w] = [z[offset]!, z[offset + 1]!, z[offset + 2]!];
      if (!(insideDual(u, v, w) && insideCone(s[offset]!, s[offset + 1]!, s[offset + 2]!))) return 0;
      dualGradient(u, v, w, work);
      primalShadow(s[offset]!, s[offset + 1]!, s[offset + 2]!, other);
      const shadowMu = -(work[0]! * other[0]! + work[1]! * other[1]! + work[2]! * other[2]!) / 3;
      return 1 / (mu * shadowMu);
    },
  };
}

function multiply(a: Float64Array, x: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 3; i++) out[i] = a[3 * i]! * x[0]! + a[3 * i + 1]! * x[1]! + a[3 * i + 2]! * x[2]!;
}

/** `out = A⁻¹ x` for a positive definite A of order 3, by Cholesky; false where A has lost its definiteness. */
function solveThree(a: Float64Array, x: Float64Array, out: Float64Array): boolean {
  const l00 = Math.sqrt(a[0]!);
  const l10 = a[3]! / l00;
  const l11 = Math.sqrt(a[4]! - l10 * l10);
  const l20 = a[6]! / l00;
  const l21 = (a[7]! - l20 * l10) / l11;
  const l22 = Math.sqrt(a[8]! - l20 * l20 - l21 * l21);
  if (!(l00 > 0 && l11 > 0 && l22 > 0)) return false;
  const y0 = x[0]! / l00;
  const y1 = (x[1]! - l10 * y0) / l11;
  const y2 = (x[2]! - l20 * y0 - l21 * y1) / l22;
  const x2 = y2 / l22;
  const x1 = (y1 - l21 * x2) / l11;
  const x0 = (y0 - l10 * x1 - l20 * x2) / l00;
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  return true;
}
