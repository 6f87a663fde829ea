import { createExecutor, type ExecutorChoice, type ExecutorKind } from "../../runtime/tensor/executor.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { argsOf, sizeOf, type Shape } from "../../runtime/tensor/node.ts";
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
  /** Has kinks or jumps where elements are equal, zero or whole: the inputs keep away from all of them. */
  readonly kinks?: boolean;
}

/** Inputs of a case, uniform in its range, fixed by its name. */
export function drawInputs({ name, shapes, low = -2, high = 2, kinks = false }: Case): Float64Array[] {
  if (kinks) return drawApart(name, shapes);
  return shapes.map((shape, i) => {
    const data = new Float64Array(sizeOf(shape));
    randomStream(7, `${name}/${i}`).uniform(data);
    return data.map((u) => Math.fround(low + (high - low) * u));
  });
}

/** Numbers at least 0.15 apart from each other and 0.02 from every whole number, in an order fixed by `name`. */
function drawApart(name: string, shapes: readonly Shape[]): Float64Array[] {
  const total = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  const order = randomStream(7, name).permutation(total);
  let next = 0;
  return shapes.map((shape) =>
    Float64Array.from({ length: sizeOf(shape) }, () => 0.07 + 0.15 * (order[next++]! - Math.floor(total / 2))),
  );
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
  kind: ExecutorKind | ExecutorChoice,
): Promise<Record<string, number[]>> {
  const executor = await createExecutor(program, kind);
  inputs.forEach((data, i) => executor.input(`x${i}`).set(data));
  await executor.run();
  const outputs = Object.fromEntries(program.outputs.map(({ name }) => [name, [...executor.output(name)]]));
  await executor.dispose();
  return outputs;
}

/**
 * Derivative of `f` at 0: central differences at h, h/2, h/4 and h/8, extrapolated (Richardson) to an error of order h⁸.
 */
export async function derivative(f: (shift: number) => Promise<number>, h: number): Promise<number> {
  const row: number[] = [];
  for (let level = 0; level < 4; level++) {
    const step = h / 2 ** level;
    row.push(((await f(step)) - (await f(-step))) / (2 * step));
    for (let k = level - 1; k >= 0; k--) row[k] = row[k + 1]! + (row[k + 1]! - row[k]!) / (4 ** (level - k) - 1);
  }
  return row[0]!;
}

/** Derivatives of the output `loss` in every element of every input, by differences on the reference executor. */
export async function differences(program: Program, inputs: readonly Float64Array[], h = 0.01): Promise<number[][]> {
  const loss = program.outputs.find((port) => port.name === "loss")!;
  const needed = { ...program, outputs: [loss], order: ancestors(program, loss.node) };
  const result: number[][] = [];
  for (const [i, input] of inputs.entries()) {
    const column: number[] = [];
    for (let j = 0; j < input.length; j++)
      column.push(
        await derivative(async (shift) => {
          const moved = inputs.map((x) => x.slice());
          moved[i]![j]! += shift;
          return (await runOnce(needed, moved, "reference"))["loss"]![0]!;
        }, h),
      );
    result.push(column);
  }
  return result;
}

function ancestors({ nodes, order }: Program, last: number): number[] {
  const live = new Set([last]);
  for (const id of order.toReversed()) if (live.has(id)) for (const arg of argsOf(nodes[id]!)) live.add(arg);
  return order.filter((id) => live.has(id));
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
