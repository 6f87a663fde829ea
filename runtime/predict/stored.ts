import { RuntimeError } from "../errors/runtime-error.ts";
import type { AffineTransform } from "../data/dataset.ts";
import { Graph, type Tensor } from "../tensor/graph.ts";
import { sizeOf } from "../tensor/node.ts";
import { writeOnnx } from "../tensor/onnx-writer.ts";
import * as ops from "../tensor/ops.ts";
import { constantParameters } from "../tensor/parameters.ts";
import { defineProgram } from "../tensor/program.ts";
import { randomStream } from "../tensor/random.ts";
import type { Tensor as StoredTensor, TensorFile } from "../tensor/safetensors.ts";
import { tensorCatalogue } from "../tensor/catalogue.ts";
import { createNet } from "./nets/index.ts";
import type { PredictorDecisionSpec } from "./spec.ts";
import type { PredictorNet, PredictorScaling, TrainedPredictor } from "./types.ts";

type Tensors = Readonly<Record<string, StoredTensor>>;

/** The stream that a network's fixed numbers are drawn from: the same at every seed of a run. */
export function netStream(seed: number) {
  return randomStream(seed, "predictor/net");
}

/** The network of a pipeline's decision. */
export function openNet(predictor: PredictorDecisionSpec, scaling: PredictorScaling, seed: number): PredictorNet {
  const shape = { inputs: predictor.inputs, outputs: predictor.target.size };
  return createNet(predictor.network, shape, scaling, netStream(seed));
}

function vector(data: Float32Array): StoredTensor {
  return { shape: [data.length], data };
}

/** A predictor as named tensors: parameters, what is fixed, and the scalers. */
export function predictorTensors({ net, parameters }: TrainedPredictor): Record<string, StoredTensor> {
  return {
    ...Object.fromEntries(
      net.layout.slots.map(({ name, shape, offset }) => [
        name,
        { shape, data: parameters.slice(offset, offset + sizeOf(shape)) },
      ]),
    ),
    ...Object.fromEntries(net.fixed.map(({ name, shape, data }) => [name, { shape, data }])),
    "inputs.mean": vector(net.scaling.inputs.mean),
    "inputs.scale": vector(net.scaling.inputs.scale),
    "targets.mean": vector(net.scaling.targets.mean),
    "targets.scale": vector(net.scaling.targets.scale),
  };
}

/**
 * The predictor whose tensors these are.
 * @throws RuntimeError weights-mismatch
 */
export function loadPredictor(
  predictor: PredictorDecisionSpec,
  { tensors }: Pick<TensorFile, "tensors">,
  seed: number,
): TrainedPredictor {
  const p = predictor.inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const d = predictor.target.size;
  const read = (name: string, size: number): Float32Array => readTensor(predictor.network.kind, tensors, name, size);
  const scaling: PredictorScaling = {
    inputs: { mean: read("inputs.mean", p), scale: read("inputs.scale", p) },
    targets: { mean: read("targets.mean", d), scale: read("targets.scale", d) },
  };
  const net = openNet(predictor, scaling, seed);
  const parameters = new Float32Array(net.layout.size);
  for (const { name, shape, offset } of net.layout.slots) parameters.set(read(name, sizeOf(shape)), offset);
  return { net, parameters };
}

function readTensor(model: string, tensors: Tensors, name: string, size: number): Float32Array {
  const found = tensors[name]?.data;
  if (found instanceof Float32Array && found.length === size) return found;
  const reason = found === undefined ? `${name} is missing` : `${name} has ${found.length} values, not ${size}`;
  throw new RuntimeError(tensorCatalogue, "weights-mismatch", { model, reason });
}

/**
 * The predictor as an ONNX model: `inputs` [rows, p] as in the data, before the spec's transforms, to `prediction` [rows, d]
 * in the data's units, of any number of rows.
 */
export function predictorOnnx(
  { net, parameters }: TrainedPredictor,
  transforms: { readonly inputs: AffineTransform; readonly targets: AffineTransform },
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const graph = new Graph();
  const p = net.scaling.inputs.mean.length;
  const row = (values: Float64Array): Tensor => graph.constant(values, [1, values.length]);
  const raw = graph.input("inputs", [2, p]);
  const { inputs, targets } = transforms;
  const modelled = ops.mul(ops.sub(raw, row(inputs.shift)), row(inputs.scale.map((scale) => 1 / scale)));
  const predicted = net.forward(constantParameters(graph, net.layout, parameters), modelled);
  const prediction = ops.add(ops.mul(predicted, row(targets.scale)), row(targets.shift));
  return writeOnnx(defineProgram(graph, { outputs: { prediction } }), {
    name: "predictor",
    variableRows: "rows",
    metadata: { model: net.name, ...metadata },
  });
}
