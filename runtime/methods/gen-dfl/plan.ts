import type { GeneratorDefinition } from "../../models/neural/definition.ts";
import type { PreparedRows } from "../../models/neural/rows.ts";
import type { AdamSpec } from "../../spec.ts";
import type { Graph, Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { OuterPlan } from "../../tensor/outer-training.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows } from "../../tensor/training.ts";

/** Sizes of a step, and how it is made. */
export interface GeneratorSteps {
  /** Rows of the generator's own loss. */
  readonly batch: number;
  /** Contexts that are decided at: the first ones of the batch. */
  readonly contexts: number;
  /** Scenarios K of each. */
  readonly samples: number;
  /** Weight γ of the generator's own loss. */
  readonly gamma: number;
  readonly steps: number;
  readonly optimizer: AdamSpec;
  /** Parameters to start from. */
  readonly initial: Float32Array;
}

/** Name of the output that the decisions read: contexts · K × varying columns, in standardised space. */
export const SCENARIOS = "scenarios";

/** Training rows of a step, of which the first `contexts` are decided at. */
export function rowsOfStep(stream: RandomStream, step: number, batch: number, rows: number): Int32Array {
  const drawn = new Int32Array(batch);
  stream.child("rows").integers(drawn, rows, step * batch);
  return drawn;
}

/**
 * Gen-DFL as an outer training: the program draws K scenarios at each context as a map of noise, whose gradient in the
 * parameters is that of the samples themselves, and has the generator's own loss, times γ; the host decides and
 * differentiates. Every number that is drawn is a function of the stream and the step.
 */
export function generatorPlan(
  definition: GeneratorDefinition,
  data: PreparedRows,
  spec: GeneratorSteps,
  stream: RandomStream,
): Omit<OuterPlan, "host"> {
  const { context: p, outcome: d } = data.sizes;
  const { batch, contexts, samples } = spec;
  const { sampling } = definition;
  const drawn = contexts * samples;
  const inputs = definition.inputs.map((input) => ({ ...input, stream: stream.child(`own/${input.name}`) }));
  const start = stream.child("start");
  const noise = sampling.coefficients.map((_, k) => stream.child(`noise/${k}`));
  return {
    model: definition.model,
    layout: definition.layout,
    steps: spec.steps,
    optimizer: spec.optimizer,
    ema: definition.ema,
    initial: () => spec.initial,
    declare(graph) {
      const outcomes = graph.input("outcomes", [batch, d]);
      const rowContexts = p > 0 ? graph.input("contexts", [batch, p]) : null;
      const random = new Map(inputs.map(({ name, columns }) => [name, graph.input(name, [batch, columns])]));
      const state = graph.input("start", [drawn, sampling.start]);
      const x = p > 0 ? graph.input("scenario contexts", [drawn, p]) : null;
      const stepNoise = sampling.coefficients.map((_, k) =>
        sampling.noise > 0 ? graph.input(`noise ${k}`, [drawn, sampling.noise]) : null,
      );
      return (parameters) => {
        const loss = definition.loss(parameters, {
          outcomes,
          contexts: rowContexts,
          drawn(name) {
            const found = random.get(name);
            if (found === undefined) throw new Error(`${definition.model} has no row input ${name}.`);
            return found;
          },
        });
        return {
          outputs: { [SCENARIOS]: sampled(graph, parameters, state, x, stepNoise) },
          loss: ops.mul(ops.mean(loss), spec.gamma),
        };
      };
    },
    fill(executor, step) {
      const rows = rowsOfStep(stream, step, batch, data.rows);
      gatherRows(data.outcomes, d, rows, executor.input("outcomes"));
      for (const input of inputs) input.fill(input.stream, executor.input(input.name), step * batch);
      start.normal(executor.input("start"), step * drawn * sampling.start);
      if (sampling.noise > 0) {
        for (const [k, own] of noise.entries()) {
          own.normal(executor.input(`noise ${k}`), step * drawn * sampling.noise);
        }
      }
      if (p === 0) return;
      gatherRows(data.contexts, p, rows, executor.input("contexts"));
      const repeated = Int32Array.from({ length: drawn }, (_, r) => rows[Math.floor(r / samples)]!);
      gatherRows(data.contexts, p, repeated, executor.input("scenario contexts"));
    },
  };

  function sampled(
    graph: Graph,
    parameters: readonly Tensor[],
    from: Tensor,
    x: Tensor | null,
    stepNoise: readonly (Tensor | null)[],
  ): Tensor {
    let state = from;
    for (const [k, numbers] of sampling.coefficients.entries()) {
      const coefficients = numbers.length > 0 ? graph.constant(numbers, [1, numbers.length]) : null;
      state = sampling.step(parameters, state, x, coefficients, stepNoise[k]!);
    }
    return state;
  }
}
