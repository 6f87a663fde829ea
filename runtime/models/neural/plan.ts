import type { AdamSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows, type TrainingPlan } from "../../tensor/training.ts";
import type { GeneratorDefinition } from "./definition.ts";
import type { PreparedRows } from "./rows.ts";

export interface GeneratorTraining {
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

/**
 * Training on batches of rows drawn with replacement: the batch mean of weight × loss of the row, weights of mean one
 * over the training rows.
 */
export function generatorPlan(
  definition: GeneratorDefinition,
  training: GeneratorTraining,
  data: PreparedRows,
  stream: RandomStream,
): TrainingPlan {
  const { context: p, outcome: d } = data.sizes;
  const { batch } = training;
  const rowStream = stream.child("rows");
  const inputs = definition.inputs.map((input) => ({ ...input, stream: stream.child(input.name) }));
  const label = { text: `the loss of ${definition.model}` };
  let drawn = new Int32Array(0);
  return {
    model: definition.model,
    layout: definition.layout,
    steps: training.steps,
    optimizer: training.optimizer,
    ema: definition.ema,
    initial: () => definition.initial(stream.child("initial")),
    declare(graph, unroll) {
      const rows = unroll * batch;
      const outcomes = graph.input("outcomes", [rows, d]);
      const contexts = p > 0 ? graph.input("contexts", [rows, p]) : null;
      const weights = data.weights === null ? null : graph.input("weights", [rows, 1]);
      const random = new Map(inputs.map(({ name, columns }) => [name, graph.input(name, [rows, columns])]));
      return (parameters, k) => {
        const part = (x: Tensor): Tensor => ops.slice(x, 0, k * batch, (k + 1) * batch);
        return graph.labelled(label, () => {
          const loss = definition.loss(parameters, {
            outcomes: part(outcomes),
            contexts: contexts === null ? null : part(contexts),
            drawn(name) {
              const found = random.get(name);
              if (found === undefined) throw new Error(`${definition.model} has no row input ${name}.`);
              return part(found);
            },
          });
          return ops.mean(weights === null ? loss : ops.mul(loss, part(weights)));
        });
      };
    },
    fill(executor, first, count) {
      const rows = count * batch;
      if (drawn.length !== rows) drawn = new Int32Array(rows);
      rowStream.integers(drawn, data.rows, first * batch);
      gatherRows(data.outcomes, d, drawn, executor.input("outcomes"));
      if (p > 0) gatherRows(data.contexts, p, drawn, executor.input("contexts"));
      if (data.weights !== null) gatherRows(data.weights, 1, drawn, executor.input("weights"));
      for (const input of inputs) input.fill(input.stream, executor.input(input.name), first * batch);
    },
  };
}
