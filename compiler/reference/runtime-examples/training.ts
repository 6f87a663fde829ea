import type { RuntimeExample, RuntimeExamples } from "./example.ts";

const TRAINING = `const training = { steps: 8, batch: 4, optimizer: { kind: "adam", rate: 1e-3, weightDecay: 0 } };`;

/** Trains the pipeline's generator on rows that the application brings: 8 of two context and three outcome values. */
function rows(wrong: string, right: string, says: string): RuntimeExample {
  return { base: "application", in: "app.mjs", wrong: trainingOn(wrong), right: trainingOn(right), says };
}

function trainingOn(lines: string): string {
  return `import { randomStream, trainFlowMatching } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { generator, problem } = pipeline;
${TRAINING}
const contexts = new Float64Array(16).fill(0.5);
const outcomes = Float64Array.from({ length: 24 }, (_, i) => Math.sin(i));
${lines}
`;
}

const train = (set: string, hooks = ""): string =>
  `const data = ${set};
await trainFlowMatching(generator, training, data, problem.sizes, randomStream(1, "train")${hooks});`;
const GOOD = train("{ rows: 8, contexts, outcomes }");

/** Training, its checkpoints and the weights that it leaves. */
export const trainingExamples: RuntimeExamples = {
  "training-diverged": {
    base: "portfolio",
    in: "model.dro",
    of: "steps: 20, batch: 16",
    wrong: "steps: 40, batch: 16, optimizer: adam { rate: 1 }",
    right: "steps: 40, batch: 16, optimizer: adam { rate: 1e-3 }",
    also: [["model.dro", "hidden: [8]", "hidden: [32, 32, 32, 32, 32, 32, 32, 32], activation: gelu"]],
    says: "model.dro:18:7: the training of flow_matching diverged at step 22 of 40: its loss is NaN",
  },
  "training-rows": rows(
    train("{ rows: 0, contexts: contexts.slice(0, 0), outcomes: outcomes.slice(0, 0) }"),
    GOOD,
    "flow_matching was given 0 rows to train on",
  ),
  "training-table": rows(
    train("{ rows: 7, contexts, outcomes }"),
    GOOD,
    "the contexts of flow_matching have 16 values where 7 rows of 2 need 14",
  ),
  "training-not-finite": rows(
    `outcomes[4] = 1 / 0;\n${GOOD}`,
    `outcomes[4] = 1 / 2;\n${GOOD}`,
    "the outcomes of flow_matching have the value Infinity at row 2, column 2",
  ),
  "likelihood-constant-column": rows(
    `outcomes.fill(1);
${GOOD.replace("await", "const model = await")}
await model.logLikelihood(contexts, outcomes, 8, randomStream(1, "density"));`,
    `${GOOD.replace("await", "const model = await")}
await model.logLikelihood(contexts, outcomes, 8, randomStream(1, "density"));`,
    "flow_matching has no likelihood: column 0 of the outcome is 1 in every training row",
  ),
  "training-weights": rows(
    train("{ rows: 8, contexts, outcomes, weights: Float64Array.of(1, 1, -1, 1, 1, 1, 1, 1) }"),
    train("{ rows: 8, contexts, outcomes, weights: Float64Array.of(1, 1, 0, 1, 1, 1, 1, 1) }"),
    "the weight of row 3 of flow_matching is -1",
  ),
  "checkpoint-mismatch": rows(
    `const checkpoint = {
  everySteps: 4,
  load: async () => ({ step: 4, tensors: {} }),
  save: async () => undefined,
};
${train("{ rows: 8, contexts, outcomes }", ", { checkpoint }")}`,
    `let saved = null;
const checkpoint = {
  everySteps: 4,
  load: async () => saved,
  save: async (now) => {
    saved = now;
  },
};
${train("{ rows: 8, contexts, outcomes }", ", { checkpoint }")}`,
    "the checkpoint of flow_matching does not fit: it has no parameters",
  ),
  "weights-mismatch": {
    base: "application",
    in: "app.mjs",
    wrong: loading("{ ...generator, hidden: [16] }"),
    right: loading("generator"),
    says: "the saved weights do not fit flow_matching: layer.0.weight has 48 values, not 96",
  },
  "executor-unavailable": {
    base: "portfolio",
    in: "command",
    beside: {
      "no-onnx.mjs": `import { register } from "node:module";

// Stands for an installation whose native library does not load.
register(
  "data:text/javascript," +
    encodeURIComponent(\`export async function resolve(specifier, context, next) {
      if (specifier === "onnxruntime-node") throw new Error("libonnxruntime.so.1.16.3: cannot open shared object file");
      return next(specifier, context);
    }\`),
);
`,
    },
    wrong: 'NODE_OPTIONS="--import=./no-onnx.mjs" droc run model.dro',
    right: "droc run model.dro",
    says: "model.dro:16:1: ONNX Runtime cannot be loaded on linux-x64: libonnxruntime.so.1.16.3: cannot open shared object file",
  },
  "onnx-format": {
    base: "empty",
    in: "app.mjs",
    wrong: `import { readOnnxMetadata } from "droc/tensor";

readOnnxMetadata(new TextEncoder().encode("not a model"));
`,
    right: `import { defineProgram, Graph, readOnnxMetadata, writeOnnx } from "droc/tensor";

const graph = new Graph();
readOnnxMetadata(writeOnnx(defineProgram(graph, { outputs: { y: graph.input("x", [2]) } })));
`,
    command: "node app.mjs",
    says: "the model is not an ONNX file: invalid wire type 6 at offset 1",
  },
  "safetensors-format": {
    base: "empty",
    in: "app.mjs",
    wrong: `import { readSafetensors } from "droc/tensor";

readSafetensors(new TextEncoder().encode("not weights"));
`,
    right: `import { readSafetensors, writeSafetensors } from "droc/tensor";

readSafetensors(writeSafetensors({ bias: { shape: [2], data: Float32Array.of(0.5, 1) } }));
`,
    command: "node app.mjs",
    says: "the weights are not a safetensors file: it ends within its header",
  },
};

function loading(generator: string): string {
  return `import { loadFlowModel, randomStream, trainFlowMatching } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { generator, problem } = pipeline;
${TRAINING}
const data = { rows: 8, contexts: new Float64Array(16), outcomes: Float64Array.from({ length: 24 }, (_, i) => i) };
const model = await trainFlowMatching(generator, training, data, problem.sizes, randomStream(1, "train"));
await loadFlowModel(${generator}, problem.sizes, model.tensors);
`;
}
