import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  bayesianSet,
  chi2Set,
  cressieReadSet,
  cvarSet,
  fitHolisticLinear,
  fitLinear,
  fitMomentsLinear,
  fitOutlierRobustLinear,
  fitWassersteinLinear,
  gaussianKernel,
  groupCvarSet,
  inputDistances,
  klSet,
  linearLosses,
  linearScore,
  marginalCvarSet,
  mmdSet,
  sinkhornSet,
  totalVariationSet,
  worstHolistic,
  worstMoments,
  worstOutlierRobust,
  worstTransport,
  type LinearData,
  type LinearModel,
  type OutlierRobustBall,
  type ReweightingSet,
  type RobustLinearModel,
  type WassersteinBall,
  type WorstLaw,
} from "../../../runtime/robust/sets/index.ts";
import { instances, PREDICTOR, type Instance } from "./instances.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const given = instances();

interface Fitted {
  readonly weights: readonly number[];
  readonly intercept: number;
}
interface Answer {
  readonly fit: (Fitted & { readonly value: number }) | null;
  readonly worst: { readonly value: number; readonly weights: readonly number[] | null } | null;
  /** Of the dro package; its worst weights at its own predictor. */
  readonly dro: (Fitted & { readonly worst: readonly number[] | null }) | null;
}
interface Recording {
  readonly versions: Readonly<Record<string, string>>;
  /** sha256 of the instances, so that answers are never read against others. */
  readonly instances: string;
  readonly answers: readonly Answer[];
}

const identity = createHash("sha256")
  .update(JSON.stringify([given, PREDICTOR]))
  .digest("hex");

function record(): Recording {
  const { stdout, stderr, status } = spawnSync(here(".venv/bin/python"), [here("solve.py")], {
    input: JSON.stringify({ instances: given, predictor: PREDICTOR }),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`solve.py failed: ${stderr}`);
  const { versions, answers }: Recording = JSON.parse(stdout);
  const lines = answers.map((answer) => `    ${JSON.stringify(answer)}`).join(",\n");
  const text = `{\n  "versions": ${JSON.stringify(versions)},\n  "instances": "${identity}",\n  "answers": [\n${lines}\n  ]\n}\n`;
  writeFileSync(here("recorded.json"), text);
  return JSON.parse(text);
}

const recorded: Recording =
  process.env["DROC_RECORD_DRO"] === "1" ? record() : JSON.parse(readFileSync(here("recorded.json"), "utf8"));

const TOLERANCE = 1e-4;

function dataOf({ inputs, targets }: Instance): LinearData {
  return { rows: targets.length, inputs: Float64Array.from(inputs.flat()), targets: Float64Array.from(targets) };
}

/** The rows that a set weighs: of a Sinkhorn ball those of its reference. */
function weighedOf(instance: Instance): LinearData {
  const { reference, targets } = instance;
  if (reference === null) return dataOf(instance);
  const draws = reference.length / targets.length;
  return {
    rows: reference.length,
    inputs: Float64Array.from(reference.flat()),
    targets: Float64Array.from(reference, (_, i) => targets[Math.floor(i / draws)]!),
  };
}

/** A set with a fit of its own, and the law that is worst at any predictor. */
interface Moving {
  fit(): RobustLinearModel;
  worst(model: LinearModel): { readonly value: number; readonly worst: WorstLaw };
}

function movingOf(instance: Instance): Moving | null {
  const { set, loss } = instance;
  const data = dataOf(instance);
  switch (set.kind) {
    case "wasserstein": {
      const ball: WassersteinBall = { ...set, labelCost: set.labelCost ?? Infinity };
      return {
        fit: () => fitWassersteinLinear(ball, loss, data),
        worst: (model) => worstTransport(ball, loss, model, data),
      };
    }
    case "holistic":
      return { fit: () => fitHolisticLinear(set, loss, data), worst: (model) => worstHolistic(set, loss, model, data) };
    case "moments":
      return { fit: () => fitMomentsLinear(set, loss, data), worst: (model) => worstMoments(set, loss, model, data) };
    case "outlier_robust": {
      const ball: OutlierRobustBall = { ...set, centre: Float64Array.from(set.centre) };
      return {
        fit: () => fitOutlierRobustLinear(ball, loss, data),
        worst: (model) => worstOutlierRobust(ball, loss, model, data),
      };
    }
    default:
      return null;
  }
}

function setOf(instance: Instance): ReweightingSet {
  const { set } = instance;
  switch (set.kind) {
    case "chi2":
      return chi2Set(set.radius);
    case "kl":
      return klSet(set.radius);
    case "total_variation":
      return totalVariationSet(set.radius);
    case "cressie_read":
      return cressieReadSet(set.power, set.radius);
    case "cvar":
      return cvarSet(set.tail);
    case "group_cvar":
      return groupCvarSet(Int32Array.from(instance.groups), set.tail);
    case "mmd": {
      const { inputs, rows } = dataOf(instance);
      return mmdSet(gaussianKernel(inputs, rows, set.width), set.radius);
    }
    case "bayesian":
      return bayesianSet(
        klSet(set.radius),
        set.nominal.map((law) => Float64Array.from(law)),
      );
    case "marginal_cvar": {
      const { inputs, rows } = dataOf(instance);
      return marginalCvarSet(inputDistances(inputs, rows), set);
    }
    case "sinkhorn":
      return sinkhornSet(set);
    default:
      throw new Error(`A set of ${set.kind} moves rows.`);
  }
}

const modelOf = ({ weights, intercept }: Fitted): LinearModel => ({ weights: Float64Array.from(weights), intercept });

/** The worst expectation at any predictor, by our inner maximisation. */
function worstAt(instance: Instance, model: LinearModel): number {
  const moving = movingOf(instance);
  if (moving !== null) return moving.worst(model).value;
  return setOf(instance).worst(linearLosses(instance.loss, model, weighedOf(instance))).value;
}

/** Weights, those of points of zero hinge loss together: which of them has how much changes nothing. */
function pooled(weights: ArrayLike<number>, { loss }: Instance, law: WorstLaw | null): number[] {
  const all = Array.from(weights);
  if (law === null || loss !== "hinge") return all;
  const lossAt = (i: number): number => {
    const point = law.points.subarray(i * law.columns, (i + 1) * law.columns);
    return Math.max(0, 1 - point[law.columns - 1]! * linearScore(modelOf(PREDICTOR), point));
  };
  const idle = all.filter((_, i) => lossAt(i) === 0).reduce((sum, w) => sum + w, 0);
  return [idle, ...all.filter((_, i) => lossAt(i) > 0)];
}

const differ = (a: number, b: number): boolean => Math.abs(a - b) > TOLERANCE * Math.max(1e-2, Math.abs(b));
const name = ({ set, loss }: Instance): string => `${JSON.stringify(set)} ${loss}`;
const cases = given.map((instance, k) => ({ instance, answer: recorded.answers[k]! }));

describe("ambiguity sets around data beside CVXPY's and the dro package's", () => {
  it("are of the instances that were recorded", () => {
    expect(recorded.instances).toBe(identity);
    expect(recorded.answers).toHaveLength(given.length);
    expect(recorded.versions["dro"]).toBe("0.3.3");
  });

  it("have the same least worst-case loss of a linear predictor as CVXPY's", () => {
    const off: string[] = [];
    for (const { instance, answer } of cases) {
      if (answer.fit === null) continue;
      const fitted = movingOf(instance)?.fit() ?? fitLinear(setOf(instance), instance.loss, weighedOf(instance));
      const theirs = worstAt(instance, modelOf(answer.fit));
      if (differ(fitted.value, answer.fit.value) || differ(theirs, answer.fit.value))
        off.push(`${name(instance)}: ${fitted.value}, at CVXPY's predictor ${theirs}, CVXPY ${answer.fit.value}`);
    }
    expect(off).toEqual([]);
  });

  it("have the same worst weights as CVXPY's", () => {
    const off: string[] = [];
    for (const { instance, answer } of cases) {
      if (answer.worst === null) continue;
      const moved = movingOf(instance)?.worst(modelOf(PREDICTOR));
      const { value, weights } =
        moved === undefined
          ? setOf(instance).worst(Float64Array.from(instance.losses))
          : { value: moved.value, weights: moved.worst.weights };
      const theirs = answer.worst.weights;
      const by = theirs === null ? [] : pooled(weights, instance, moved?.worst ?? null);
      const to = theirs === null ? [] : pooled(theirs, instance, moved?.worst ?? null);
      const most = Math.max(0, ...by.map((w, i) => Math.abs(w - to[i]!)));
      if (differ(value, answer.worst.value) || most > TOLERANCE)
        off.push(`${name(instance)}: ${value}, CVXPY ${answer.worst.value}; weights differ by ${most}`);
    }
    expect(off).toEqual([]);
  });

  it("give the dro package's predictors the same worst-case loss as our own, and its worst weights", () => {
    const off: string[] = [];
    let compared = 0;
    let weighed = 0;
    for (const { instance, answer } of cases) {
      if (answer.dro === null) continue;
      compared++;
      const theirs = worstAt(instance, modelOf(answer.dro));
      if (differ(theirs, answer.fit!.value))
        off.push(`${name(instance)}: ${theirs} at dro's, best ${answer.fit!.value}`);
      if (answer.dro.worst === null) continue;
      const losses = linearLosses(instance.loss, modelOf(answer.dro), dataOf(instance));
      // Every law is the worst of equal losses: five predictors are w = 0.
      if (Math.max(...losses) - Math.min(...losses) < 1e-3) continue;
      weighed++;
      const { weights } = setOf(instance).worst(losses);
      const most = Math.max(...weights.map((w, i) => Math.abs(w - answer.dro!.worst![i]!)));
      if (most > TOLERANCE) off.push(`${name(instance)}: weights differ from dro's by ${most}`);
    }
    expect(compared).toBe(59);
    expect(weighed).toBe(18);
    expect(off).toEqual([]);
  });
});
