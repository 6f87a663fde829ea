import * as fc from "fast-check";
import { expect } from "vitest";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { choiceText } from "../../runtime/tensor/executor-choice.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { sizeOf, type Shape } from "../../runtime/tensor/node.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram, type Program } from "../../runtime/tensor/program.ts";
import { FLOAT32_EXECUTORS } from "./lanes.ts";
import { differences, largestError, runOnce, weightedSum } from "./support.ts";

/** A function of tensors with inputs for it. */
export interface Sample {
  readonly shapes: readonly Shape[];
  readonly build: (...x: Tensor[]) => Tensor;
  readonly inputs: readonly Float64Array[];
}

export const RUNS = { numRuns: 25, seed: 20_261_121 } as const;
const FLOAT32 = 2e-4;
const FLOAT64 = 1e-10;

/** Rank 0 … 3 with axes of 0 … 4 elements. */
export const shapes: fc.Arbitrary<Shape> = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) }, { weight: 1, arbitrary: fc.constant(0) }),
  { maxLength: 3 },
);
/** Rank 1 … 3 with axes of 1 … 4 elements. */
export const filledShapes: fc.Arbitrary<Shape> = fc.array(fc.integer({ min: 1, max: 4 }), {
  minLength: 1,
  maxLength: 3,
});

/** A shape and one that broadcasts to it: leading axes left out, others of size one. */
export const broadcastPairs: fc.Arbitrary<readonly [Shape, Shape]> = shapes.chain((shape) =>
  fc
    .tuple(
      fc.integer({ min: 0, max: shape.length }),
      fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      fc.boolean(),
    )
    .map(([dropped, single, swap]) => {
      const small = shape.map((n, i) => (single[i] === true ? 1 : n)).slice(dropped);
      return swap ? [small, shape] : [shape, small];
    }),
);

/** Numbers in a range, at least 0.03 from each multiple of a quarter so that no kink is near, and all distinct. */
export function numbers(
  low: number,
  high: number,
): (shapes: readonly Shape[]) => fc.Arbitrary<readonly Float64Array[]> {
  return (all) => {
    const total = all.reduce((sum, shape) => sum + sizeOf(shape), 0);
    const cells = Math.max(total, Math.round((high - low) / 0.25));
    const width = (high - low) / cells;
    return fc
      .shuffledSubarray(
        Array.from({ length: cells }, (_, i) => i),
        { minLength: total, maxLength: total },
      )
      .map((chosen) => {
        let next = 0;
        return all.map((shape) =>
          Float64Array.from({ length: sizeOf(shape) }, () => low + width * (chosen[next++]! + 0.37)),
        );
      });
  };
}

const SPECIAL = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -3, 2];

/** NaN, infinities, zeros and a few plain numbers. */
export function specialNumbers(
  of: readonly number[] = SPECIAL,
): (shapes: readonly Shape[]) => fc.Arbitrary<readonly Float64Array[]> {
  return (all) =>
    fc.tuple(
      ...all.map((shape) =>
        fc
          .array(fc.constantFrom(...of), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
          .map((values) => Float64Array.from(values)),
      ),
    );
}

function programOf({ shapes, build }: Sample, withGradients: boolean): Program {
  const graph = new Graph();
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
  const y = ops.toFloat(ops.indexToFloat(build(...inputs)));
  const outputs: Record<string, Tensor> = { y };
  if (withGradients) {
    const loss = weightedSum(y);
    outputs["loss"] = loss;
    gradients(loss, inputs).forEach((g, i) => (outputs[`d${i}`] = g));
  }
  return defineProgram(graph, { outputs });
}

/** All executors agree on the value and the derivatives, and these with differences. */
export async function checkSmooth(sample: Sample): Promise<void> {
  const program = programOf(sample, true);
  const reference = await runOnce(program, sample.inputs, "reference");
  for (const executor of FLOAT32_EXECUTORS) {
    const found = await runOnce(program, sample.inputs, executor);
    for (const [name, expected] of Object.entries(reference))
      expect([choiceText(executor), name, largestError(found[name]!, expected)]).toEqual([
        choiceText(executor),
        name,
        expect.toSatisfy((error: number) => error < FLOAT32),
      ]);
  }
  for (const [i, expected] of (await differences(program, sample.inputs, 0.004)).entries())
    expect([i, largestError(reference[`d${i}`]!, expected)]).toEqual([i, expect.toSatisfy((e: number) => e < FLOAT64)]);
}

/** Three digits, one zero for both signs. */
const plain = (values: readonly number[]): number[] => values.map((v) => (v === 0 ? 0 : Number(v.toPrecision(3))));

/** All executors give the same numbers, NaN and infinities in the same places. */
export async function checkSpecial(sample: Sample, withGradients = false): Promise<void> {
  const program = programOf(sample, withGradients);
  const reference = await runOnce(program, sample.inputs, "reference");
  for (const executor of FLOAT32_EXECUTORS) {
    const found = await runOnce(program, sample.inputs, executor);
    const text = choiceText(executor);
    for (const [name, expected] of Object.entries(reference))
      expect([text, name, plain(found[name]!.map(Math.fround))]).toEqual([text, name, plain(expected)]);
  }
}
