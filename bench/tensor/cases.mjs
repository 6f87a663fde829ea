// The trainings that the benchmarks of runtime/tensor compare, the same for every side.
const data = { d: 10, p: 5, rows: 20_000 };

/** Conditional flow matching, MLP 2 × 64, batch 256: the step of the architecture page. */
export const FLOW = { name: "flow 2×64, batch 256", model: "flow", hidden: [64, 64], batch: 256, ...data };

export const CASES = {
  flow: FLOW,
  wide: { ...FLOW, name: "flow 4×256, batch 1024", hidden: [256, 256, 256, 256], batch: 1024 },
  ddpm: { ...FLOW, name: "DDPM 2×64, batch 256", model: "ddpm", levels: 100 },
  spline: { ...FLOW, name: "spline flow 2 layers of 2×64, 8 bins, batch 256", model: "spline", bins: 8, layers: 2 },
};
