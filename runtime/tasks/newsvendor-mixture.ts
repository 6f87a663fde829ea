import { generateRows, rowOptions } from "./task.ts";
import type { TaskDefinition, TaskOptions } from "./task.ts";
import type { NoiseMap } from "./true-law.ts";

/**
 * Demand of 002 §5.1: an equal mix of a linear and a quadratic law of x ~ U[0, 2]^p, each with uniform noise.
 * With probability ½ `D = base + slope · Σ_j x_j + u`, else `D = base + curvature · Σ_j x_j² + u`, `u ~ U[−width, width]`.
 * The two laws cross at x_j = slope / curvature and part on both sides.
 *
 * The paper's formula and constants were lost with its mathematics; what is stated above and the defaults are ours:
 * `covariates` 1 (the paper has 1, 5, 20), `base` 20, `slope` 5, `curvature` 5, `width` 2, `train` 100, `test` 10 000
 * (both the paper's), `validation` 0.
 */
export const newsvendorMixture: TaskDefinition = {
  name: "newsvendor_mixture",
  doc: "Demand that is an equal mix of a linear and a quadratic law of the context (002 §5.1).",
  options: [
    { name: "covariates", kind: "integer", default: 1, minimum: 1, maximum: 1000, doc: "p, values of a context" },
    { name: "base", kind: "real", default: 20, minimum: 0, maximum: 1e6, doc: "demand at x = 0" },
    { name: "slope", kind: "real", default: 5, minimum: -1e6, maximum: 1e6, doc: "of the linear law" },
    { name: "curvature", kind: "real", default: 5, minimum: -1e6, maximum: 1e6, doc: "of the quadratic law" },
    { name: "width", kind: "real", default: 2, minimum: 0, maximum: 1e6, doc: "half width of the uniform noise" },
    ...rowOptions(100, 0, 10_000),
  ],
  sizes: (options) => ({
    context: options["covariates"]!,
    outcome: 1,
    train: options["train"]!,
    validation: options["validation"]!,
    test: options["test"]!,
  }),
  generate(options, stream, replicate) {
    return generateRows(
      {
        sizes: newsvendorMixture.sizes(options),
        drawContexts(out, contexts) {
          contexts.uniform(out);
          for (let k = 0; k < out.length; k++) out[k]! *= 2;
        },
        law: () => demandLaw(options),
      },
      stream,
      replicate,
    );
  },
};

function demandLaw(options: TaskOptions): NoiseMap {
  const p = options["covariates"]!;
  const base = options["base"]!;
  const slope = options["slope"]!;
  const curvature = options["curvature"]!;
  const width = options["width"]!;
  return {
    context: p,
    outcome: 1,
    uniforms: 2,
    normals: 0,
    at(contexts, from) {
      let linear = base;
      let quadratic = base;
      for (let j = from; j < from + p; j++) {
        linear += slope * contexts[j]!;
        quadratic += curvature * contexts[j]! ** 2;
      }
      return (uniforms, _normals, draw, out, to) => {
        const centre = uniforms[2 * draw]! < 0.5 ? linear : quadratic;
        out[to] = centre + width * (2 * uniforms[2 * draw + 1]! - 1);
      };
    },
  };
}
