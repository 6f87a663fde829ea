import type { ConeBlock } from "./cone-block.ts";

/** s, z ≥ 0 with Nesterov–Todd scaling `H = diag(s / z)`. */
export function createNonnegativeBlock(offset: number, size: number): ConeBlock {
  const end = offset + size;
  const h = new Float64Array(size).fill(1);
  return {
    offset,
    size,
    degree: size,
    symmetric: true,
    separable: true,
    extraSigns: [],
    places: Array.from({ length: size }, (_, i) => [i, i] as const),
    writeKkt(out, at) {
      for (let i = 0; i < size; i++) out[at + i] = -h[i]!;
    },
    setIdentity() {
      h.fill(1);
    },
    updateScaling(s, z) {
      for (let i = 0; i < size; i++) {
        const ratio = s[offset + i]! / z[offset + i]!;
        if (!(ratio > 0 && ratio < Infinity)) return false;
        h[i] = ratio;
      }
      return true;
    },
    applyScaling(x, y) {
      for (let i = 0; i < size; i++) y[offset + i] = h[i]! * x[offset + i]!;
    },
    affineShift(s, shift) {
      for (let i = offset; i < end; i++) shift[i] = s[i]!;
    },
    combinedShift(s, z, ds, dz, target, weight, shift) {
      for (let i = offset; i < end; i++) shift[i] = s[i]! + (weight * ds[i]! * dz[i]! - target) / z[i]!;
    },
    longestStep(s, z, ds, dz, longest) {
      let step = longest;
      for (let i = offset; i < end; i++) {
        if (ds[i]! < 0) step = Math.min(step, -s[i]! / ds[i]!);
        if (dz[i]! < 0) step = Math.min(step, -z[i]! / dz[i]!);
      }
      return step;
    },
    setUnit(s, z) {
      s.fill(1, offset, end);
      z.fill(1, offset, end);
    },
    margin(v) {
      let least = Infinity;
      for (let i = offset; i < end; i++) least = Math.min(least, v[i]!);
      return least;
    },
    addUnit(v, amount) {
      for (let i = offset; i < end; i++) v[i]! += amount;
    },
    centrality: () => 1,
  };
}
