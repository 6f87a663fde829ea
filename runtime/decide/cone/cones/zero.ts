import type { ConeBlock } from "./cone-block.ts";

/** Equalities: s = 0, z free, H = 0. */
export function createZeroBlock(offset: number, size: number): ConeBlock {
  const clear = (vector: Float64Array): void => {
    vector.fill(0, offset, offset + size);
  };
  return {
    offset,
    size,
    degree: 0,
    symmetric: true,
    separable: true,
    extraSigns: [],
    places: Array.from({ length: size }, (_, i) => [i, i] as const),
    writeKkt: (out, at) => {
      out.fill(0, at, at + size);
    },
    setIdentity: () => undefined,
    updateScaling: () => true,
    applyScaling: (_x, y) => clear(y),
    affineShift: (_s, shift) => clear(shift),
    combinedShift: (_s, _z, _ds, _dz, _target, _weight, shift) => clear(shift),
    longestStep: (_s, _z, _ds, _dz, longest) => longest,
    setUnit: (s, z) => {
      clear(s);
      clear(z);
    },
    margin: () => Infinity,
    addUnit: () => undefined,
    centrality: () => 1,
  };
}
