// The decision problem of 003 §6 that the benchmarks solve.
import { cappedSimplex } from "../../dist/runtime/decide/index.js";

export const GAMMA = 2;
export const LEVEL = 0.95;
export const ETA = 1e-3;

/** mean + 2·CVaR95 + 1e-3‖z‖² of `−s·z` over the capped simplex. */
export function portfolio(assets, cap) {
  return {
    sizes: { context: 0, outcome: assets, decision: assets },
    pieces: {
      count: 1,
      fill(s, _x, slopes, offsets) {
        for (let i = 0; i < assets; i++) slopes[i] = -s[i];
        offsets[0] = 0;
      },
      pull(_s, _x, slopes, _offsets, out) {
        for (let i = 0; i < assets; i++) out[i] = -slopes[i];
      },
    },
    feasible: cappedSimplex(assets, cap, "bench:1:1"),
    risk: {
      mean: 1,
      cvar: [{ weight: GAMMA, level: LEVEL }],
      linear: Array.from({ length: assets }, () => 0),
      quadratic: Array.from({ length: assets ** 2 }, (_, i) => (i % (assets + 1) === 0 ? ETA : 0)),
      constant: 0,
    },
  };
}
