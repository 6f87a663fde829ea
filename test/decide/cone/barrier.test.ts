import { describe, expect, it } from "vitest";
import {
  dualGradient,
  dualHessian,
  dualThird,
  insideCone,
  insideDual,
  primalShadow,
  wrightOmega,
} from "../../../runtime/decide/cone/cones/exponential-barrier.ts";
import { createExponentialBlock } from "../../../runtime/decide/cone/cones/exponential.ts";
import { createSecondOrderBlock } from "../../../runtime/decide/cone/cones/second-order.ts";
import { createRandom } from "./instances.ts";
import type { Random } from "./instances.ts";

const STEP = 1e-6;

function dualPoint(random: Random): [number, number, number] {
  const u = -0.3 - random.uniform();
  const w = 0.3 + random.uniform();
  return [u, u + u * Math.log(-w / u) + 0.2 + random.uniform(), w];
}

function primalPoint(random: Random): [number, number, number] {
  const y = 0.3 + random.uniform();
  const z = 0.3 + random.uniform();
  return [y * Math.log(z / y) - 0.1 - random.uniform(), y, z];
}

const barrierAt = ([u = 0, v = 0, w = 0]: readonly number[]): number =>
  -Math.log(v - u + u * Math.log(-u / w)) - Math.log(-u) - Math.log(w);
const gradientAt = (z: readonly number[]): Float64Array => {
  const out = new Float64Array(3);
  dualGradient(z[0]!, z[1]!, z[2]!, out);
  return out;
};
const hessianAt = (z: readonly number[]): Float64Array => {
  const out = new Float64Array(9);
  dualHessian(z[0]!, z[1]!, z[2]!, out);
  return out;
};
const moved = (z: readonly number[], d: ArrayLike<number>, step: number): number[] =>
  z.map((value, i) => value + step * d[i]!);

describe("barrier of the dual exponential cone", () => {
  it("has the gradient, Hessian and third derivative that differences give", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      const z = dualPoint(random);
      expect(insideDual(...z)).toBe(true);
      const [u, v, w] = z;
      const a = Float64Array.from([random.normal(), random.normal(), random.normal()]);
      const b = Float64Array.from([random.normal(), random.normal(), random.normal()]);
      const slope = (barrierAt(moved(z, a, STEP)) - barrierAt(moved(z, a, -STEP))) / (2 * STEP);
      const gradient = gradientAt(z);
      expect(gradient[0]! * a[0]! + gradient[1]! * a[1]! + gradient[2]! * a[2]!).toBeCloseTo(slope, 5);
      const hessian = hessianAt(z);
      const [ahead, behind] = [gradientAt(moved(z, a, STEP)), gradientAt(moved(z, a, -STEP))];
      const third = new Float64Array(3);
      dualThird(u, v, w, a, b, third);
      const [ahead2, behind2] = [hessianAt(moved(z, a, STEP)), hessianAt(moved(z, a, -STEP))];
      for (let i = 0; i < 3; i++) {
        const row = hessian[3 * i]! * a[0]! + hessian[3 * i + 1]! * a[1]! + hessian[3 * i + 2]! * a[2]!;
        const expected = (ahead[i]! - behind[i]!) / (2 * STEP);
        expect(Math.abs(row - expected)).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
        let along = 0;
        for (let j = 0; j < 3; j++) along += ((ahead2[3 * i + j]! - behind2[3 * i + j]!) / (2 * STEP)) * b[j]!;
        expect(Math.abs(third[i]! - along)).toBeLessThan(1e-4 * (1 + Math.abs(along)));
      }
    }
  });

  it("gives back a point from the shadow of its conjugate", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const s = primalPoint(createRandom(seed));
      expect(insideCone(...s)).toBe(true);
      const shadow = new Float64Array(3);
      primalShadow(...s, shadow);
      expect(insideDual(shadow[0]!, shadow[1]!, shadow[2]!)).toBe(true);
      gradientAt([...shadow]).forEach((value, i) => expect(-value).toBeCloseTo(s[i]!, 8));
    }
  });

  it("solves ω + log ω = t", () => {
    for (const t of [1, 1 + 1e-9, 1.5, 3, 10, 1e3, 1e12]) {
      const omega = wrightOmega(t);
      expect(Math.abs(omega + Math.log(omega) - t)).toBeLessThanOrEqual(1e-14 * Math.max(1, t));
    }
  });
});

describe("scaling", () => {
  it("takes z to s, for exponential cones away from the central path too", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      const [s, z] = [Float64Array.from(primalPoint(random)), Float64Array.from(dualPoint(random))];
      const mu = (s[0]! * z[0]! + s[1]! * z[1]! + s[2]! * z[2]!) / 3;
      const block = createExponentialBlock(0);
      expect(block.updateScaling(s, z, mu, "primal-dual")).toBe(true);
      const out = new Float64Array(3);
      block.applyScaling(z, out);
      out.forEach((value, i) => expect(value).toBeCloseTo(s[i]!, 7));
    }
  });

  it("of a large second-order cone is the same written out and by rank-one terms", () => {
    const random = createRandom(2);
    const size = 6;
    const draw = (): Float64Array => {
      const v = Float64Array.from({ length: size }, () => random.normal());
      v[0] = Math.hypot(...v.subarray(1)) + random.uniform();
      return v;
    };
    const [s, z] = [draw(), draw()];
    const block = createSecondOrderBlock(0, size);
    block.updateScaling(s, z, 1, "primal-dual");
    const scaled = new Float64Array(size);
    block.applyScaling(z, scaled);
    scaled.forEach((value, i) => expect(value).toBeCloseTo(s[i]!, 9));
    // Eliminating the extra variables from the KKT block leaves −H.
    const order = size + 2;
    const values = new Float64Array(block.places.length);
    block.writeKkt(values, 0);
    const kkt = Array.from({ length: order }, () => new Float64Array(order));
    block.places.forEach(([i, j], k) => {
      kkt[i]![j] = values[k]!;
      kkt[j]![i] = values[k]!;
    });
    for (let k = order - 1; k >= size; k--) {
      for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) kkt[i]![j]! -= (kkt[i]![k]! * kkt[k]![j]!) / kkt[k]![k]!;
    }
    const x = Float64Array.from({ length: size }, () => random.normal());
    block.applyScaling(x, scaled);
    for (let i = 0; i < size; i++) {
      let row = 0;
      for (let j = 0; j < size; j++) row -= kkt[i]![j]! * x[j]!;
      expect(row).toBeCloseTo(scaled[i]!, 8);
    }
  });
});
