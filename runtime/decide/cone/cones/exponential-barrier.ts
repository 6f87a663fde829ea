/**
 * Barriers of the exponential cone `K = cl {(x, y, z): y exp(x/y) ≤ z, y > 0}` and of its dual
 * `K* = cl {(u, v, w): −u exp(v/u) ≤ e w, u < 0}`, both of parameter 3. The dual one is taken as the first (Goulart and
 * Chen 2024, §5):
 *
 * `f*(u, v, w) = −log ψ − log(−u) − log w`, `ψ = v − u + u log(−u / w)`,
 *
 * and that of K is its conjugate `f(s) = sup_z −sᵀz − f*(z)`, so that `−∇f(s)` is where `−∇f*` is s.
 */

/** Vectors and matrices of three, row-major. */
export type Three = Float64Array;

/** `y > 0` and `z > y exp(x/y)`: is s inside K? */
export function insideCone(x: number, y: number, z: number): boolean {
  return y > 0 && z > 0 && y * Math.log(z / y) - x > 0;
}

/** Is z inside K*? */
export function insideDual(u: number, v: number, w: number): boolean {
  return u < 0 && w > 0 && v - u - u * Math.log(-w / u) > 0;
}

/** `∇f*(z)` */
export function dualGradient(u: number, v: number, w: number, gradient: Three): void {
  const log = Math.log(-u / w);
  const psi = v - u + u * log;
  gradient[0] = -log / psi - 1 / u;
  gradient[1] = -1 / psi;
  gradient[2] = u / w / psi - 1 / w;
}

/** `∇²f*(z)` */
export function dualHessian(u: number, v: number, w: number, hessian: Float64Array): void {
  const log = Math.log(-u / w);
  const psi = v - u + u * log;
  const third = -u / w;
  hessian[0] = (log * log) / (psi * psi) - 1 / (u * psi) + 1 / (u * u);
  hessian[1] = log / (psi * psi);
  hessian[2] = (log * third) / (psi * psi) + 1 / (w * psi);
  hessian[3] = hessian[1]!;
  hessian[4] = 1 / (psi * psi);
  hessian[5] = third / (psi * psi);
  hessian[6] = hessian[2]!;
  hessian[7] = hessian[5]!;
  hessian[8] = (third * third) / (psi * psi) - u / (w * w * psi) + 1 / (w * w);
}

/** `∇³f*(z)[a, b]` */
export function dualThird(u: number, v: number, w: number, a: Three, b: Three, out: Three): void {
  const log = Math.log(-u / w);
  const psi = v - u + u * log;
  const third = -u / w;
  // ∇ψ = (log, 1, third); ∇²ψ has the entries uu: 1/u, uw: −1/w, ww: u/w².
  const ga = log * a[0]! + a[1]! + third * a[2]!;
  const gb = log * b[0]! + b[1]! + third * b[2]!;
  const qa0 = a[0]! / u - a[2]! / w;
  const qa2 = -a[0]! / w + (u * a[2]!) / (w * w);
  const qb0 = b[0]! / u - b[2]! / w;
  const qb2 = -b[0]! / w + (u * b[2]!) / (w * w);
  const both = a[0]! * qb0 + a[2]! * qb2;
  const alongGradient = both / (psi * psi) - (2 * ga * gb) / (psi * psi * psi);
  const t0 = -(a[0]! * b[0]!) / (u * u) + (a[2]! * b[2]!) / (w * w);
  const t2 = (a[0]! * b[2]! + a[2]! * b[0]!) / (w * w) - (2 * u * a[2]! * b[2]!) / (w * w * w);
  out[0] = alongGradient * log + (ga * qb0 + gb * qa0) / (psi * psi) - t0 / psi - (2 * a[0]! * b[0]!) / (u * u * u);
  out[1] = alongGradient;
  out[2] = alongGradient * third + (ga * qb2 + gb * qa2) / (psi * psi) - t2 / psi - (2 * a[2]! * b[2]!) / (w * w * w);
}

/** `−∇f(s)`, in closed form by the Wright ω function (Serrano 2015, §8.3). */
export function primalShadow(x: number, y: number, z: number, shadow: Three): void {
  const omega = wrightOmega(1 - x / y - Math.log(y / z));
  const first = 1 / ((omega - 1) * y);
  shadow[0] = -first;
  shadow[1] = -(first + first * Math.log((omega * y) / z) - 1 / y);
  shadow[2] = -omega / (z * (1 - omega));
}

/** ω with `ω + log ω = t`, for t ≥ 1 (ω ≥ 1), by Newton's method on a concave function. */
export function wrightOmega(t: number): number {
  let omega = t > 3 ? t - Math.log(t) : 1 + (t - 1) / 2;
  for (let k = 0; k < 6; k++) {
    const residual = omega + Math.log(omega) - t;
    const next = Math.max(1, omega - (residual * omega) / (1 + omega));
    if (next === omega) break;
    omega = next;
  }
  return omega;
}
