import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  fitWassersteinLinear,
  worstTransport,
  type LinearData,
  type LinearModel,
  type WassersteinBall,
} from "../../../runtime/robust/sets/index.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";

interface Instance {
  readonly loss: "square" | "logistic";
  readonly radius: number;
  /** Whether skwdro's default, sampled solver fits it too. */
  readonly entropic: boolean;
  /** 40 × 3 */
  readonly inputs: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

interface Fitted {
  readonly weights: readonly number[];
  readonly intercept: number;
}

interface Recording {
  readonly versions: Readonly<Record<string, string>>;
  /** sha256 of the instances. */
  readonly instances: string;
  readonly answers: readonly { readonly dedicated: Fitted; readonly entropic: Fitted | null }[];
}

const ROWS = 40;

function instance(loss: Instance["loss"], radius: number, k: number): Instance {
  const stream = randomStream(2026, `skwdro/${k}`);
  const normals = (name: string, count: number): number[] => {
    const out = new Float64Array(count);
    stream.child(name).normal(out);
    return Array.from(out, (value) => Number(value.toFixed(4)));
  };
  const x = normals("x", 3 * ROWS);
  const inputs = Array.from({ length: ROWS }, (_, i) => x.slice(3 * i, 3 * i + 3));
  const noise = normals("noise", ROWS);
  const scores = inputs.map(([a = 0, b = 0], i) => a - 0.5 * b + 0.2 + 0.8 * noise[i]!);
  const targets = scores.map((s) => (loss === "logistic" ? (s > 0 ? 1 : -1) : Number(s.toFixed(4))));
  return { loss, radius, entropic: k === 1, inputs, targets };
}

const given = (["square", "logistic"] as const).flatMap((loss, side) =>
  [0.01, 0.1, 0.4].map((radius, k) => instance(loss, radius, 3 * side + k)),
);
const identity = createHash("sha256").update(JSON.stringify(given)).digest("hex");
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function record(): Recording {
  const { stdout, stderr, status } = spawnSync(here(".venv/bin/python"), [here("solve.py")], {
    input: JSON.stringify(given),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`solve.py failed: ${stderr}`);
  const { versions, answers }: Pick<Recording, "versions" | "answers"> = JSON.parse(stdout);
  const recording: Recording = { versions, instances: identity, answers };
  writeFileSync(here("recorded.json"), `${JSON.stringify(recording, null, 2)}\n`);
  return recording;
}

const recorded: Recording =
  process.env["DROC_RECORD_SKWDRO"] === "1" ? record() : JSON.parse(readFileSync(here("recorded.json"), "utf8"));

const TOLERANCE = 1e-4;

const ballOf = ({ loss, radius }: Instance): WassersteinBall =>
  loss === "square"
    ? { order: 2, norm: "l2", radius, labelCost: Infinity }
    : { order: 1, norm: "l2", radius, labelCost: 1000 };
const modelOf = ({ weights, intercept }: Fitted): LinearModel => ({ weights: Float64Array.from(weights), intercept });
const dataOf = ({ inputs, targets }: Instance): LinearData => ({
  rows: ROWS,
  inputs: Float64Array.from(inputs.flat()),
  targets: Float64Array.from(targets),
});

describe("Wasserstein regressions beside skwdro's", () => {
  it("are of the instances that were recorded", () => {
    expect(recorded.instances).toBe(identity);
    expect(recorded.versions["skwdro"]).toBe("1.1.1");
  });

  it.each(given.map((one, k) => [one.loss, one.radius, one, recorded.answers[k]!.dedicated] as const))(
    "have the predictor of its exact solver: %s loss, radius %d",
    (loss, _radius, one, dedicated) => {
      const ours = fitWassersteinLinear(ballOf(one), loss, dataOf(one));
      const theirs = worstTransport(ballOf(one), loss, modelOf(dedicated), dataOf(one)).value;
      expect(Math.abs(theirs / ours.value - 1)).toBeLessThan(TOLERANCE);
      // As near as the minimum is flat: the square root of how near the values are.
      ours.weights.forEach((w, j) => expect(Math.abs(w - dedicated.weights[j]!)).toBeLessThan(1e-3));
      expect(Math.abs(ours.intercept - dedicated.intercept)).toBeLessThan(1e-3);
    },
  );

  it("are no worse than what its sampled entropic solver finds", () => {
    let compared = 0;
    given.forEach((one, k) => {
      const { entropic } = recorded.answers[k]!;
      if (entropic === null) return;
      compared++;
      const ours = fitWassersteinLinear(ballOf(one), one.loss, dataOf(one)).value;
      const theirs = worstTransport(ballOf(one), one.loss, modelOf(entropic), dataOf(one)).value;
      expect(theirs).toBeGreaterThan(ours * (1 - TOLERANCE));
    });
    expect(compared).toBe(1);
  });
});
