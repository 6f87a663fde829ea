// A process of lambda-grid.mjs: trains one group of a grid in one program.
import { trainFlowMatchingGrid } from "../../dist/runtime/models/flow-matching/index.js";
import { serve } from "../../dist/runtime/pool/serve.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";
import { flowSpec, normals, trainingData } from "./droc-plans.mjs";

export const work = serve(async ({ testCase, seed, strengths, steps }) => {
  const { d, p, rows, batch } = testCase;
  const gradients = normals(rows, "gradients").map((g) => g * g);
  const grid = strengths.map((strength) => gradients.map((g) => 1 + strength * g));
  const training = { steps, batch, optimizer: { kind: "adam", rate: 1e-3, weightDecay: 1e-4 } };
  const sizes = { context: p, outcome: d };
  const stream = randomStream(seed, "train");
  const data = trainingData(testCase);
  const models = await trainFlowMatchingGrid(flowSpec(testCase), training, data, grid, sizes, stream);
  const weights = models.map((model) => Object.values(model.tensors)[0].data[0]);
  for (const model of models) await model.dispose();
  return weights;
});
