import { createNet } from "../../runtime/predict/nets/index.ts";
import type { PredictorShape, PredictorSpec } from "../../runtime/predict/nets/spec.ts";
import type { PredictorData, PredictorNet, RowLoss } from "../../runtime/predict/types.ts";
import { sizeOf, type Shape } from "../../runtime/tensor/node.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

export const squared: RowLoss = ({ predictions, targets }) =>
  ops.mean(ops.square(ops.sub(predictions, targets)), { axes: [1], keep: true });

export function shapeOf(input: Shape, outputs = 1): PredictorShape {
  return { inputs: [{ name: "y", shape: input }], outputs };
}

const unit = (n: number) => ({ mean: new Float32Array(n), scale: new Float32Array(n).fill(1) });

/** A network that leaves inputs and predictions as they are. */
export function plainNet(spec: PredictorSpec, shape: PredictorShape): PredictorNet {
  const p = shape.inputs.reduce((sum, part) => sum + sizeOf(part.shape), 0);
  return createNet(spec, shape, { inputs: unit(p), targets: unit(shape.outputs) }, randomStream(1, "net"));
}

/** Rows of standard normal inputs with targets that are a function of them. */
export function rowsOf(
  rows: number,
  p: number,
  target: (x: Float64Array, noise: number) => readonly number[],
  seed = 1,
): PredictorData {
  const stream = randomStream(seed, "rows");
  const inputs = new Float64Array(rows * p);
  stream.normal(inputs);
  const noise = new Float64Array(rows);
  stream.child("noise").normal(noise);
  const targets = Float64Array.from(
    Array.from({ length: rows }, (_, i) => target(inputs.subarray(i * p, (i + 1) * p), noise[i]!)).flat(),
  );
  return { rows, inputs, targets, groups: new Int32Array(rows), groupNames: ["all"] };
}
