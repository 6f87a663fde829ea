import { initialNetwork } from "../../models/neural/network.ts";
import type { Tensor } from "../../tensor/graph.ts";
import { sizeOf } from "../../tensor/node.ts";
import * as ops from "../../tensor/ops.ts";
import { mlp, mlpLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { PredictorNet, PredictorScaling } from "../types.ts";
import type { NetBody } from "./body.ts";
import { convolutionalNet } from "./convolutional.ts";
import { lstmNet } from "./lstm.ts";
import { alikeColumns, type PredictorShape, type PredictorSpec } from "./spec.ts";

/**
 * The network of a predictor, with the scalers of the rows that it is trained on.
 * @param stream of what the network draws once and for all (random features); a function of its seed and name
 */
export function createNet(
  spec: PredictorSpec,
  shape: PredictorShape,
  scaling: PredictorScaling,
  stream: RandomStream,
): PredictorNet {
  const p = shape.inputs.reduce((sum, part) => sum + sizeOf(part.shape), 0);
  const body = bodyOf(spec, shape, p, stream);
  const [only, ...others] = shape.inputs;
  return {
    name: spec.kind,
    input: only !== undefined && others.length === 0 ? only.shape : [p],
    outputs: shape.outputs,
    scaling,
    alike: alikeColumns(shape),
    layout: body.layout,
    fixed: body.fixed ?? [],
    initial: (own) => body.initial?.(own) ?? initialNetwork(body.layout, own),
    forward(parameters, inputs) {
      const { graph } = inputs;
      const row = (values: ArrayLike<number>): Tensor => graph.constant(values, [1, values.length]);
      const inverse = scaling.inputs.scale.map((scale) => (scale === 0 ? 0 : 1 / scale));
      const standard = ops.mul(ops.sub(inputs, row(scaling.inputs.mean)), row(inverse));
      const scores = body.forward(parameters, standard);
      if (body.link !== undefined) return body.link(scores);
      return ops.add(ops.mul(scores, row(scaling.targets.scale)), row(scaling.targets.mean));
    },
  };
}

function bodyOf(spec: PredictorSpec, shape: PredictorShape, p: number, stream: RandomStream): NetBody {
  const { outputs } = shape;
  switch (spec.kind) {
    case "linear":
      return fullyConnected([p, outputs], "relu");
    case "logistic":
      return { ...fullyConnected([p, outputs], "relu"), link: outputs === 1 ? ops.sigmoid : (x) => ops.softmax(x) };
    case "kernel":
      return randomFeatures(p, outputs, spec, stream);
    case "mlp":
      return fullyConnected([p, ...spec.hidden, outputs], spec.activation);
    case "lstm":
      return lstmNet(spec.layers, shape);
    case "cnn":
      return convolutionalNet(spec, shape);
  }
}

type MlpActivation = Extract<PredictorSpec, { kind: "mlp" }>["activation"];

function fullyConnected(widths: readonly number[], activation: MlpActivation): NetBody {
  return {
    layout: mlpLayout(widths),
    forward: (parameters, inputs) => mlp(inputs, parameters, activation),
  };
}

/** `√2 cos(Ω x + b)` with Gaussian frequencies Ω and uniform phases b, an affine layer on top. */
function randomFeatures(
  p: number,
  outputs: number,
  { features, bandwidth }: Extract<PredictorSpec, { kind: "kernel" }>,
  stream: RandomStream,
): NetBody {
  const frequencies = new Float32Array(p * features);
  stream.child("frequencies").normal(frequencies);
  const width = bandwidth * Math.sqrt(p);
  for (let i = 0; i < frequencies.length; i++) frequencies[i] = frequencies[i]! / width;
  const phases = new Float32Array(features);
  stream.child("phases").uniform(phases);
  for (let i = 0; i < features; i++) phases[i] = 2 * Math.PI * phases[i]!;
  const layout = mlpLayout([features, outputs]);
  return {
    layout,
    fixed: [
      { name: "features.frequency", shape: [p, features], data: frequencies },
      { name: "features.phase", shape: [features], data: phases },
    ],
    initial: () => new Float32Array(layout.size),
    forward(parameters, inputs) {
      const { graph } = inputs;
      const angles = ops.add(
        ops.matmul(inputs, graph.constant(frequencies, [p, features])),
        graph.constant(phases, [1, features]),
      );
      // √2 gives every feature a mean square of 1 where its phase is uniform.
      return mlp(ops.mul(ops.cos(angles), Math.SQRT2), parameters, "relu");
    },
  };
}
