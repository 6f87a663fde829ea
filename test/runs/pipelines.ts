import { cappedSimplex, nonnegative } from "../../runtime/decide/index.ts";
import type { DwFmSpec, EvaluationSpec, FieldSpec, MethodSpec, Pipeline, RiskSpec } from "../../runtime/spec.ts";

const AT = "model.dro:1:1";

function field(role: "context" | "outcome", name: string, size: number): FieldSpec {
  return { role, name, type: "real", size, columns: null, transforms: [], at: AT };
}

/** Training of a flow that is small enough for a test. */
export const SMALL_TRAINING: DwFmSpec = {
  method: "dw_fm",
  strength: { scale: "relative", grid: [0, 0.1] },
  reference: { kind: "saa", folds: 4 },
  detilt: false,
  steps: 60,
  batch: 64,
  optimizer: { kind: "adam", rate: 1e-3, weightDecay: 1e-4 },
  select: { metric: "regret", on: "validation" },
  controls: true,
};

export interface SmallOptions {
  readonly train?: Partial<DwFmSpec>;
  readonly compare?: readonly MethodSpec[];
  readonly evaluate?: Partial<EvaluationSpec>;
}

function portfolioLoss(z: Float64Array, s: Float64Array): number {
  return -(z[0]! * s[0]! + z[1]! * s[1]! + z[2]! * s[2]!);
}

/** Mean-CVaR portfolio of three assets on the synthetic task of 003, spelled as the compiler emits it. */
export function smallPortfolio(options: SmallOptions = {}): Pipeline {
  const [n, p, gamma, level, eta] = [3, 2, 2, 0.9, 1e-3];
  const risk: RiskSpec = {
    mean: 1,
    cvar: [{ weight: gamma, level }],
    linear: [0, 0, 0],
    quadratic: [eta, 0, 0, 0, eta, 0, 0, 0, eta],
    constant: 0,
  };
  const loss = portfolioLoss;
  return {
    name: "SmallPortfolio",
    doc: "",
    irHash: "small-portfolio",
    drocVersion: "0.1.0",
    seed: 7,
    root: import.meta.url,
    data: {
      name: "market",
      source: {
        kind: "synthetic",
        task: "portfolio",
        options: { assets: n, covariates: p, degree: 2, train: 120, validation: 10, test: 16 },
        at: AT,
      },
      fields: [field("context", "x", p), field("outcome", "s", n)],
      split: { kind: "task" },
    },
    problem: {
      sizes: { context: p, outcome: n, decision: n },
      loss,
      lossGradientZ: (_z, s, _x, out) => {
        for (let j = 0; j < n; j++) out[j] = -s[j]!;
      },
      lossGradientS: (z, _s, _x, out) => {
        for (let j = 0; j < n; j++) out[j] = -z[j]!;
      },
      extendedGradientS: (z, t, s, _x, out) => {
        const factor = 1 + (loss(z, s) > t[0]! ? gamma / (1 - level) : 0);
        for (let j = 0; j < n; j++) out[j] = -z[j]! * factor;
      },
      pieces: {
        count: 1,
        fill: (s, _x, slopes, offsets) => {
          for (let j = 0; j < n; j++) slopes[j] = -s[j]!;
          offsets[0] = 0;
        },
      },
      feasible: cappedSimplex(n, 0.6, AT),
      risk,
    },
    generator: {
      kind: "flow_matching",
      hidden: [16, 16],
      activation: "relu",
      solver: "midpoint",
      odeSteps: 4,
      ema: 0.9,
      scenarios: 64,
    },
    train: { ...SMALL_TRAINING, ...options.train },
    compare: options.compare ?? [{ method: "uniform_fm" }, { method: "saa" }, { method: "oracle_saa" }],
    evaluate: {
      on: "test",
      metrics: [{ metric: "regret" }, { metric: "regret", hardest: 0.25 }, { metric: "cvar_loss", level }],
      evaluator: { kind: "truth", scenarios: 256 },
      seeds: 1,
      slices: 1,
      contexts: 0,
      ...options.evaluate,
    },
  };
}

/** Newsvendor whose demand is a mixture given the context (002), with a loss of two pieces. */
export function smallNewsvendor(options: SmallOptions = {}): Pipeline {
  const p = 2;
  const [holding, stockout] = [1, 9];
  const sizes = { context: p, outcome: 1, decision: 1 };
  const slope = (z: Float64Array, s: Float64Array): number => (s[0]! > z[0]! ? stockout : -holding);
  const loss = (z: Float64Array, s: Float64Array): number => slope(z, s) * (s[0]! - z[0]!);
  const portfolio = smallPortfolio(options);
  return {
    ...portfolio,
    name: "SmallNewsvendor",
    irHash: "small-newsvendor",
    data: {
      name: "sales",
      source: {
        kind: "synthetic",
        task: "newsvendor_mixture",
        options: { covariates: p, train: 120, validation: 10, test: 16 },
        at: AT,
      },
      fields: [field("context", "x", p), field("outcome", "d", 1)],
      split: { kind: "task" },
    },
    problem: {
      sizes,
      loss,
      lossGradientZ: (z, s, _x, out) => {
        out[0] = -slope(z, s);
      },
      lossGradientS: (z, s, _x, out) => {
        out[0] = slope(z, s);
      },
      extendedGradientS: (z, _t, s, _x, out) => {
        out[0] = slope(z, s);
      },
      pieces: {
        count: 2,
        fill: (s, _x, slopes, offsets) => {
          slopes[0] = holding;
          offsets[0] = -holding * s[0]!;
          slopes[1] = -stockout;
          offsets[1] = stockout * s[0]!;
        },
      },
      feasible: nonnegative(1, AT),
      risk: { mean: 1, cvar: [], linear: [0], quadratic: null, constant: 0 },
    },
  };
}
