// droc's own plan of each case of cases.mjs.
import { ddpmPlan } from "../../dist/runtime/models/ddpm/index.js";
import { flowPlan } from "../../dist/runtime/models/flow-matching/train.js";
import { normalizingFlowPlan } from "../../dist/runtime/models/normalizing-flow/index.js";
import { fitStandardizer } from "../../dist/runtime/models/standardizer.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";

const optimizer = { kind: "adam", rate: 1e-3, weightDecay: 1e-4 };
const common = { ema: 0.999, scenarios: 512 };

export function normals(size, name) {
  const out = new Float64Array(size);
  randomStream(1, name).normal(out);
  return out;
}

export function flowSpec({ hidden }) {
  return { kind: "flow_matching", hidden, activation: "relu", solver: "midpoint", odeSteps: 8, ...common };
}

export function trainingData({ rows, d, p }) {
  return { rows, contexts: normals(rows * p, "x"), outcomes: normals(rows * d, "s") };
}

export function planOf(testCase) {
  const { model, batch, rows, d, p, hidden } = testCase;
  const data = trainingData(testCase);
  const sizes = { context: p, outcome: d };
  const training = { steps: 1e9, batch, optimizer };
  const stream = randomStream(1, "train");
  switch (model) {
    case "flow": {
      const scalers = {
        context: fitStandardizer(data.contexts, rows, p),
        outcome: fitStandardizer(data.outcomes, rows, d),
      };
      return flowPlan(flowSpec(testCase), training, data, sizes, scalers, stream);
    }
    case "ddpm": {
      const net = testCase.net ?? { kind: "mlp", hidden };
      const levels = {
        steps: testCase.levels,
        samplingSteps: testCase.levels,
        schedule: "linear",
        sampler: "ancestral",
      };
      return ddpmPlan({ kind: "ddpm", net, ...levels, ...common }, training, data, sizes, stream);
    }
    case "spline": {
      const { bins, layers } = testCase;
      const spec = { kind: "normalizing_flow", flow: "arqs", bins, hidden, layers, ...common };
      return normalizingFlowPlan(spec, training, data, sizes, stream);
    }
    default:
      throw new Error(`There is no case of model ${model}.`);
  }
}
