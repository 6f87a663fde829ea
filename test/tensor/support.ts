import { createExecutor, type ExecutorKind } from "../../runtime/tensor/executor.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { sizeOf, type Shape } from "../../runtime/tensor/node.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram, type Program } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

/** A function of real inputs, with the range that its inputs are drawn from. */
export interface Case {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly build: (...x: Tensor[]) => Tensor;
  readonly low?: number;
  readonly high?: number;
  /** Without derivatives: comparisons only, or kinks everywhere. */
  readonly flat?: boolean;
}

/** Inputs of a case, uniform in its range, fixed by its name. */
export function drawInputs({ name, shapes, low = -2, high = 2 }: Case): Float64Array[] {
  return shapes.map((shape, i) => {
    const data = new Float64Array(sizeOf(shape));
    randomStream(7, `${name}/${i}`).uniform(data);
    return data.map((u) => Math.fround(low + (high - low) * u));
  });
}

/** The case's value and, unless flat, the derivatives of a fixed weighted sum of its elements. */
export function caseProgram(test: Case): Program {
  const graph = new Graph();
  const inputs = test.shapes.map((shape, i) => graph.input(`x${i}`, shape));
  const y = ops.toFloat(test.build(...inputs));
  const outputs: Record<string, Tensor> = { y, loss: weightedSum(y) };
  if (test.flat !== true) gradients(outputs["loss"]!, inputs).forEach((g, i) => (outputs[`d${i}`] = g));
  return defineProgram(graph, { outputs });
}

/** Distinct weights, so that a gradient that lands on the wrong element shows. */
export function weightedSum(y: Tensor): Tensor {
  const weights = Array.from({ length: sizeOf(y.shape) }, (_, i) => Math.cos(1 + 3 * i));
  return ops.sum(ops.mul(y, y.graph.constant(weights, y.shape)));
}

/** Runs a program once on the given inputs (in the order x0, x1, …). */
export async function runOnce(
  program: Program,
  inputs: readonly ArrayLike<number>[],
  kind: ExecutorKind,
): Promise<Record<string, number[]>> {
  const executor = await createExecutor(program, kind);
  inputs.forEach((data, i) => executor.input(`x${i}`).set(data));
  await executor.run();
  const outputs = Object.fromEntries(program.outputs.map(({ name }) => [name, [...executor.output(name)]]));
  await executor.dispose();
  return outputs;
}

/** Largest |a − b| / max(1, |b|). */
export function largestError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const error = Object.is(a[i], b[i]) ? 0 : Math.abs(a[i]! - b[i]!) / Math.max(1, Math.abs(b[i]!));
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }
  return worst;
}
