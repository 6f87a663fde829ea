import { eventLoopTurn } from "../../tensor/event-loop.ts";
import { createExecutor, type Executor } from "../../tensor/executor.ts";
import { divergence, divergenceEstimate } from "../../tensor/forward.ts";
import { Graph, type Tensor } from "../../tensor/graph.ts";
import { constantParameters, type ParameterLayout } from "../../tensor/parameters.ts";
import { defineProgram, type Program } from "../../tensor/program.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { logVolume, onConstants, varyingValues } from "../neural/rows.ts";
import { standardize, type Standardizer } from "../standardizer.ts";
import { integrateAdaptive, type OdeField } from "./integrate.ts";

/** The ordinary equation whose flow carries standardised outcomes to normal noise. */
export interface ContinuousFlow {
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly context: Standardizer;
  readonly outcome: Standardizer;
  /** Times of the data and of the noise. */
  readonly times: readonly [number, number];
  /** Deviation of the noise. */
  readonly noise: number;
  /** Numbers that the field reads at a time, the same for all rows. */
  readonly coefficients: (t: number) => readonly number[];
  /** @param coefficients `[1, …]` @returns `[rows, d]` */
  readonly velocity: (
    parameters: readonly Tensor[],
    state: Tensor,
    contexts: Tensor | null,
    coefficients: Tensor,
  ) => Tensor;
}

/** How the divergence of the field is computed, and how closely the equation is solved. */
export interface LikelihoodOptions {
  /** `exact`: one pass a component. `hutchinson`: `probes` random directions, whose noise is part of the answer. */
  readonly divergence: "exact" | "hutchinson";
  readonly probes?: number;
  readonly tolerance?: number;
}

/** Rows a call. */
const ROWS = 128;
const TOLERANCE = 1e-5;

/** The field and its divergence at `rows` rows: `state`, `contexts`, `coefficients` and `probe` to both. */
export function fieldProgram(flow: ContinuousFlow, rows: number, kind: LikelihoodOptions["divergence"]): Program {
  const graph = new Graph();
  const d = flow.outcome.scale.filter((scale) => scale !== 0).length;
  const p = flow.context.mean.length;
  const weights = constantParameters(graph, flow.layout, flow.parameters);
  const state = graph.input("state", [rows, d]);
  const contexts = p > 0 ? graph.input("contexts", [rows, p]) : null;
  const coefficients = graph.input("coefficients", [1, flow.coefficients(flow.times[0]).length]);
  const velocity = flow.velocity(weights, state, contexts, coefficients);
  const spread =
    kind === "exact"
      ? divergence(velocity, state)
      : divergenceEstimate(velocity, state, graph.input("probe", [rows, d]));
  return defineProgram(graph, { outputs: { velocity, divergence: spread } });
}

/**
 * Log-density of a continuous flow at rows in the data's units: `log N(y(1); 0, σ²) + ∫ div f dt` along
 * `dy/dt = f(t, y)` from the data to the noise (Chen et al. 2018, eq. 8; Song et al. 2021, eq. 39), by Dormand and
 * Prince's adaptive method in float64 around float32 evaluations of the field. Constant columns do not count, and a row
 * that misses one has −∞.
 * @param stream signs of Hutchinson's probes, one set for each row and probe, held fixed along the path
 */
export async function continuousLogDensities(
  flow: ContinuousFlow,
  { divergence: kind, probes = 1, tolerance = TOLERANCE }: LikelihoodOptions,
  contexts: Float64Array,
  outcomes: Float64Array,
  rows: number,
  stream: RandomStream,
): Promise<Float64Array> {
  const volume = logVolume(flow.outcome);
  const d = flow.outcome.scale.filter((scale) => scale !== 0).length;
  const p = flow.context.mean.length;
  const result = new Float64Array(rows);
  if (d > 0 && rows > 0) {
    const x = new Float64Array(rows * p);
    standardize(flow.context, contexts, x);
    const s = varyingValues(flow.outcome, outcomes, rows);
    const executor = await createExecutor(fieldProgram(flow, ROWS, kind));
    const turn = eventLoopTurn();
    const repeats = kind === "exact" ? 1 : probes;
    try {
      for (let first = 0; first < rows; first += ROWS) {
        const end = Math.min(rows, first + ROWS);
        const n = end - first;
        if (p > 0)
          executor
            .input("contexts")
            .fill(0)
            .set(x.subarray(first * p, end * p));
        for (let probe = 0; probe < repeats; probe++) {
          if (kind === "hutchinson") fillSigns(executor, stream.child(`probe/${probe}`), first * d);
          const start = new Float64Array(n * d + n);
          start.set(s.subarray(first * d, end * d));
          const { state } = await integrateAdaptive(fieldOf(flow, executor, n, d), start, flow.times, { tolerance });
          for (let i = 0; i < n; i++) {
            let log = state[n * d + i]! - d * (0.5 * Math.log(2 * Math.PI) + Math.log(flow.noise));
            for (let j = 0; j < d; j++) log -= 0.5 * (state[i * d + j]! / flow.noise) ** 2;
            result[first + i]! += log / repeats;
          }
          await turn.yield();
        }
      }
    } finally {
      await executor.dispose();
    }
  }
  for (let i = 0; i < rows; i++) result[i] = onConstants(flow.outcome, outcomes, i) ? result[i]! - volume : -Infinity;
  return result;
}

/** The equation of n rows and their accumulated divergences. */
function fieldOf(flow: ContinuousFlow, executor: Executor, n: number, d: number): OdeField {
  return async (t, state, out) => {
    executor.input("state").set(state.subarray(0, n * d));
    executor.input("coefficients").set(flow.coefficients(t));
    await executor.run();
    out.set(executor.output("velocity").subarray(0, n * d));
    out.set(executor.output("divergence").subarray(0, n), n * d);
  };
}

/** Independent signs, which have the least variance among probes (Hutchinson 1990). */
function fillSigns(executor: Executor, stream: RandomStream, position: number): void {
  const probe = executor.input("probe");
  stream.uniform(probe, position);
  for (let i = 0; i < probe.length; i++) probe[i] = probe[i]! < 0.5 ? -1 : 1;
}
