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
  fitLinear,
  fitWassersteinLinear,
  gaussianKernel,
  groupCvarSet,
  klSet,
  linearLosses,
  mmdSet,
  totalVariationSet,
  worstTransport,
  type LinearData,
  type LinearModel,
  type ReweightingSet,
  type WassersteinBall,
} from "../../../runtime/robust/sets/index.ts";
import { instances, type Instance } from "./instances.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const given = instances();

interface Fitted {
  readonly weights: readonly number[];
  readonly intercept: number;
}
interface Answer {
  readonly fit: (Fitted & { readonly value: number }) | null;
  readonly worst: { readonly value: number; readonly weights: readonly number[] } | null;
  /** Of the dro package; its worst weights at its own predictor. */
  readonly dro: (Fitted & { readonly worst: readonly number[] | null }) | null;
}
interface Recording {
  readonly versions: Readonly<Record<string, string>>;
  /** sha256 of the instances, so that answers are never read against others. */
  readonly instances: string;
  readonly answers: readonly Answer[];
}

const identity = createHash("sha256").update(JSON.stringify(given)).digest("hex");

function record(): Recording {
  const { stdout, stderr, status } = spawnSync(here(".venv/bin/python"), [here("solve.py")], {
    input: JSON.stringify({ instances: given }),
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

function ballOf({ set }: Instance): WassersteinBall | null {
  if (set.kind !== "wasserstein") return null;
  return { order: set.order, norm: set.norm, radius: set.radius, labelCost: set.labelCost ?? Infinity };
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
    case "wasserstein":
      throw new Error("A Wasserstein ball moves rows.");
  }
}

const modelOf = ({ weights, intercept }: Fitted): LinearModel => ({ weights: Float64Array.from(weights), intercept });

/** The worst expectation at any predictor, by our inner maximisation. */
function worstAt(instance: Instance, model: LinearModel): number {
  const ball = ballOf(instance);
  const data = dataOf(instance);
  if (ball !== null) return worstTransport(ball, instance.loss, model, data).value;
  return setOf(instance).worst(linearLosses(instance.loss, model, data)).value;
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
      const ball = ballOf(instance);
      const data = dataOf(instance);
      const fitted =
        ball === null
          ? fitLinear(setOf(instance), instance.loss, data)
          : fitWassersteinLinear(ball, instance.loss, data);
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
      const { value, weights } = setOf(instance).worst(Float64Array.from(instance.losses));
      const most = Math.max(...weights.map((w, i) => Math.abs(w - answer.worst!.weights[i]!)));
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
    expect(compared).toBeGreaterThan(40);
    expect(weighed).toBe(18);
    expect(off).toEqual([]);
  });
});
