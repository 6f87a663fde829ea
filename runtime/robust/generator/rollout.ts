import { varyingColumns } from "../../models/neural/rows.ts";
import type { PredictorData } from "../../predict/types.ts";
import { eventLoopTurn } from "../../tensor/event-loop.ts";
import { createExecutor } from "../../tensor/executor.ts";
import { Graph } from "../../tensor/graph.ts";
import { unpack } from "../../tensor/parameters.ts";
import { defineProgram } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows } from "../../tensor/training.ts";
import { encodeRows } from "./encode.ts";
import type { PretrainedGenerator } from "./pretrain.ts";
import { toPredictorRows } from "./roles.ts";

/** The most rows a call: what all layers hold of them stays in the processor's cache. */
const MOST_ROWS = 512;

/** What one transition read and drew, for every row: the law that drew it had this mean. */
export interface RecordedStep {
  /** rows × columns of the state */
  readonly state: Float32Array;
  /** rows × d: mean under the law that sampled. */
  readonly mean: Float32Array;
  /** rows × d: standard normal numbers; the next state is `mean + deviation · noise`. */
  readonly noise: Float32Array;
}

/** Rows drawn from P_θ, with the last transitions that led to them. */
export interface Rollout {
  readonly rows: number;
  /** rows × context columns, standardised. */
  readonly contexts: Float32Array;
  /** The last T′ transitions, in the order in which they were made. */
  readonly steps: readonly RecordedStep[];
  /** Standardised rows, rows × varying columns. */
  readonly outcomes: Float32Array;
  /** The rows in the data's units. */
  readonly data: PredictorData;
}

/** Draws rows from P_θ for any θ: one program for all of them. */
export interface Roller {
  /**
   * @param recorded transitions to keep, counted from the end
   * @returns a function of θ and the stream's seed and name
   */
  roll(parameters: Float32Array, rows: number, recorded: number, stream: RandomStream): Promise<Rollout>;
  dispose(): Promise<void>;
}

/**
 * Diffusions start from N(0, I); autoencoders from the latent of a training row, drawn from the frozen encoder's law of it
 * (001 App. E.4). Contexts are those of training rows.
 * @param usual rows that are drawn at once as a rule: fewer cost as much, more come in parts
 * @throws RuntimeError executor-unavailable
 */
export async function createRoller(generator: PretrainedGenerator, usual = 128): Promise<Roller> {
  const size = Math.min(usual, MOST_ROWS);
  const { family, rows: data, spec } = generator;
  const { context: p, outcome: d } = family.sizes;
  const { start } = family;
  const graph = new Graph();
  const flat = graph.input("parameters", [family.layout.size]);
  const state = graph.input("state", [size, start]);
  const contexts = p > 0 ? graph.input("contexts", [size, p]) : null;
  const coefficients = graph.input("coefficients", [1, family.coefficients[0]!.length]);
  const transition = family.transition(unpack(flat, family.layout), state, contexts, coefficients);
  const executor = await createExecutor(
    defineProgram(graph, { outputs: { mean: transition.mean, deviation: transition.deviation } }),
  );
  const encoded = spec.kind === "vae" ? await encodeRows(spec, generator) : null;
  const last = family.coefficients.length;

  return {
    async roll(parameters, count, recorded, stream) {
      const kept = Math.min(recorded, last);
      const from = new Int32Array(count);
      stream.child("rows").integers(from, data.rows);
      const given = new Float32Array(count * p);
      if (p > 0) gatherRows(data.contexts, p, from, given);
      const states = new Float32Array(count * start);
      stream.child("start").normal(states);
      if (encoded !== null)
        for (let i = 0; i < count; i++)
          for (let j = 0; j < start; j++) {
            const at = from[i]! * start + j;
            states[i * start + j] = encoded.mean[at]! + encoded.deviation[at]! * states[i * start + j]!;
          }
      const steps: RecordedStep[] = [];
      let current = states;
      executor.input("parameters").set(parameters);
      const turn = eventLoopTurn();
      for (const [k, numbers] of family.coefficients.entries()) {
        const noise = new Float32Array(count * d);
        stream.child(`step/${k}`).normal(noise);
        const mean = new Float32Array(count * d);
        const next = new Float32Array(count * d);
        executor.input("coefficients").set(numbers);
        for (let first = 0; first < count; first += size) {
          const end = Math.min(count, first + size);
          executor.input("state").set(current.subarray(first * start, end * start));
          if (p > 0) executor.input("contexts").set(given.subarray(first * p, end * p));
          await executor.run();
          mean.set(executor.output("mean").subarray(0, (end - first) * d), first * d);
          const deviation = executor.output("deviation");
          const [rowStep, columnStep] = strides(transition.deviation.shape);
          for (let i = first; i < end; i++)
            for (let j = 0; j < d; j++) {
              const at = i * d + j;
              next[at] = mean[at]! + deviation[(i - first) * rowStep + j * columnStep]! * noise[at]!;
            }
          await turn.yield();
        }
        if (k >= last - kept) steps.push({ state: current, mean, noise });
        current = next;
      }
      return {
        rows: count,
        contexts: given,
        steps,
        outcomes: current,
        data: toData(generator, current, from),
      };
    },
    dispose: () => executor.dispose(),
  };
}

function strides(shape: readonly number[]): readonly [number, number] {
  const [rows = 1, columns = 1] = shape;
  return [rows === 1 ? 0 : columns, columns === 1 ? 0 : 1];
}

/**
 * Generated rows in the data's units, as a predictor reads them.
 * @param from the training row that each took its context from
 */
export function toData(
  { rows: { outcome }, roles, data }: PretrainedGenerator,
  outcomes: ArrayLike<number>,
  from: Int32Array,
): PredictorData {
  const columns = varyingColumns(outcome);
  const d = outcome.mean.length;
  const rows = from.length;
  const values = new Float64Array(rows * d);
  for (let i = 0; i < values.length; i++) values[i] = outcome.mean[i % d]!;
  for (let i = 0, v = 0; i < rows; i++)
    for (const j of columns) values[i * d + j] = outcome.mean[j]! + outcome.scale[j]! * outcomes[v++]!;
  const inputs = data.inputs.length / data.rows;
  const t = data.targets.length / data.rows;
  // The targets themselves: a class must stay the number that it is.
  const contexts = new Float64Array(roles === "joint" ? 0 : rows * t);
  if (roles !== "joint") from.forEach((row, i) => contexts.set(data.targets.subarray(row * t, (row + 1) * t), i * t));
  return toPredictorRows(roles, inputs, { rows, outcomes: values, contexts });
}

/** Root of the mean square deviation of standardised rows from their own mean, over columns: about 1 for the data. */
export function spreadOf(outcomes: Float32Array, rows: number): number {
  const d = outcomes.length / rows;
  let total = 0;
  for (let j = 0; j < d; j++) {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < rows; i++) {
      const value = outcomes[i * d + j]!;
      sum += value;
      squares += value * value;
    }
    total += Math.max(0, squares / rows - (sum / rows) ** 2);
  }
  return Math.sqrt(total / d);
}
