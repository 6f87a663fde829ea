import { RuntimeError } from "../errors/runtime-error.ts";
import type { Place } from "../spec.ts";
import type { FloatData } from "../tensor/executor.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { Batches } from "./batches.ts";
import { dflCatalogue } from "./catalogue.ts";
import type { DflLoss, LossRow } from "./losses/row.ts";
import { sumOfGamma, type SumOfGamma } from "./noise.ts";
import type { RowSolver } from "./row-solver.ts";
import type { DflRows, OracleAnswer } from "./types.ts";

export interface HostSetting {
  readonly data: DflRows;
  /** Best decisions in hindsight, one a row of the data. */
  readonly best: readonly OracleAnswer[];
  readonly batches: Batches;
  /** Rows of a batch of the program; steps with fewer leave the others without a gradient. */
  readonly size: number;
  readonly loss: DflLoss;
  readonly solver: RowSolver;
  readonly solveProbability: number;
  readonly stream: RandomStream;
  /** The loss's name, for messages. */
  readonly name: string;
  readonly place?: Place;
}

/** The batch's mean loss, and its gradient in the predicted costs. */
export interface HostPart {
  readonly loss: number;
  /** size × d; valid until the next step. */
  readonly gradient: Float64Array;
}

/**
 * The decisions' part of a step: the loss of the predicted costs. All random numbers are functions of the step and the row
 * in its batch.
 *
 * @throws RuntimeError `prediction-not-finite`, `loss-not-finite`
 */
export function createHost(setting: HostSetting): (predicted: FloatData, step: number) => HostPart {
  const { data, best, batches, size, loss, solver, solveProbability, stream, name } = setting;
  const place = setting.place === undefined ? {} : { place: setting.place };
  const p = data.contexts.length / data.rows;
  const d = data.costs.length / data.rows;
  const noise = stream.child("noise");
  const gammas = new Map<number, SumOfGamma>();
  const coin = stream.child("solve");
  const toss = new Float64Array(size);

  const costs = Array.from({ length: data.rows }, (_, row) => data.costs.subarray(row * d, (row + 1) * d));
  const contexts = Array.from({ length: data.rows }, (_, row) => data.contexts.subarray(row * p, (row + 1) * p));
  // Arrays are kept from step to step: making them anew costs more than a small problem's solve.
  const gradient = new Float64Array(size * d);
  const gradients = Array.from({ length: size }, (_, index) => gradient.subarray(index * d, (index + 1) * d));
  const predictions = Array.from({ length: size }, () => new Float64Array(d));

  function readPrediction(row: number, index: number, step: number, predicted: FloatData): Float64Array {
    const own = predictions[index]!;
    for (let i = 0; i < d; i++) own[i] = predicted[index * d + i]!;
    const component = own.findIndex((value) => !Number.isFinite(value));
    if (component < 0) return own;
    const args = { step: step + 1, component, row: row + 1, value: String(own[component]) };
    throw new RuntimeError(dflCatalogue, "prediction-not-finite", args, place);
  }

  function rowOf(row: number, index: number, step: number, predicted: FloatData): LossRow {
    const position = step * size + index;
    const context = contexts[row]!;
    const exact = toss[index]! < solveProbability;
    return {
      predicted: readPrediction(row, index, step, predicted),
      cost: costs[row]!,
      context,
      best: best[row]!,
      exact,
      solve: (at) => solver.answer(at, context, row, step, exact),
      normal(count) {
        const out = new Float64Array(count);
        noise.normal(out, position * count);
        return out;
      },
      sumOfGamma(count, kappa) {
        let drawn = gammas.get(kappa);
        if (drawn === undefined) gammas.set(kappa, (drawn = sumOfGamma(kappa, noise.child("gamma"))));
        return drawn.draw(count, position * count);
      },
      gradient: gradients[index]!,
      loss: 0,
      failure: null,
    };
  }

  return (predicted, step) => {
    if (solveProbability < 1) coin.uniform(toss, step * size);
    const indices = batches.rows(step);
    gradient.fill(0);
    const rows = Array.from(indices, (row, index) => rowOf(row, index, step, predicted));
    loss.evaluate(rows);
    let total = 0;
    rows.forEach((row, index) => {
      if (!Number.isFinite(row.loss)) {
        const args = { step: step + 1, loss: name, row: indices[index]! + 1, value: String(row.loss) };
        throw new RuntimeError(dflCatalogue, "loss-not-finite", args, place);
      }
      total += row.loss / rows.length;
    });
    for (let i = 0; i < gradient.length; i++) gradient[i]! /= rows.length;
    return { loss: total, gradient };
  };
}
