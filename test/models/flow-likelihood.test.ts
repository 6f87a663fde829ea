import { describe, expect, it } from "vitest";
import { assignment } from "../../runtime/models/flow-matching/assignment.ts";
import { coupleBatch, cumulativeShares, rowsByShare } from "../../runtime/models/flow-matching/coupling.ts";
import { loadFlowModel, trainFlowMatching } from "../../runtime/models/flow-matching/index.ts";
import { integrateAdaptive, integrateFixed, type OdeField } from "../../runtime/models/ode/integrate.ts";
import type { FlowMatchingSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { mean, meanLogDensity, momentError, normals, optimizer, TWO_MODES, twoModes } from "./generators.ts";

const spec: FlowMatchingSpec = {
  kind: "flow_matching",
  hidden: [48, 48],
  activation: "silu",
  solver: "dormand_prince",
  odeSteps: 8,
  ema: 0.99,
  scenarios: 64,
};

// y₀' = −2 t y₀, y₁' = y₀: y₀(1) = e⁻¹, y₁(1) = ∫ e^(−t²).
const field: OdeField = async (t, [a = 0], out) => {
  out[0] = -2 * t * a;
  out[1] = a;
};
const exact = [Math.exp(-1), 0.746_824_132_812_427];

const vector = (values: readonly number[]) => ({ shape: [values.length], data: Float32Array.from(values) });

describe("the integrators", () => {
  it.each([
    ["euler", 1],
    ["midpoint", 2],
    ["rk4", 4],
    ["dormand_prince", 5],
  ] as const)("%s has order %i", async (method, order) => {
    const error = async (steps: number): Promise<number> => {
      const end = await integrateFixed(method, field, Float64Array.of(1, 0), [0, 1], steps);
      return Math.hypot(end[0]! - exact[0]!, end[1]! - exact[1]!);
    };
    const rate = Math.log2((await error(16)) / (await error(32)));
    expect(rate).toBeGreaterThan(order - 0.35);
    expect(rate).toBeLessThan(order + 0.7);
  });

  it("chooses steps that keep the error, forwards and backwards", async () => {
    let before = Infinity;
    for (const tolerance of [1e-3, 1e-6, 1e-9]) {
      const { state, evaluations, met } = await integrateAdaptive(field, Float64Array.of(1, 0), [0, 1], { tolerance });
      const error = Math.hypot(state[0]! - exact[0]!, state[1]! - exact[1]!);
      expect(met).toBe(true);
      expect(error).toBeLessThan(5 * tolerance);
      expect(error).toBeLessThanOrEqual(before);
      expect(evaluations).toBeLessThan(400);
      before = error;
      const back = await integrateAdaptive(field, state, [1, 0], { tolerance });
      expect(Math.hypot(back.state[0]! - 1, back.state[1]!)).toBeLessThan(20 * tolerance);
    }
  });

  it("says where the tolerance was not met", async () => {
    const { met, state } = await integrateAdaptive(field, Float64Array.of(1, 0), [0, 1], {
      tolerance: 1e-14,
      mostSteps: 5,
    });
    expect(met).toBe(false);
    expect(state[0]!).toBeCloseTo(exact[0]!, 6);
  });
});

describe("the likelihood of a linear flow", () => {
  // v = A s + b t + c x + e: s(1) = E s₀ + m with E = exp(A), so that s(1) ~ N(m, E Eᵀ) and log |det E| = tr A.
  const a = [0.4, 0, 0.7, -0.6];
  const b = [0.3, -0.2];
  const c = [1, 0.5];
  const e = [-0.4, 0.1];
  const flat = { ...spec, hidden: [] };
  const scale = [2, 0.5];
  const center = [10, -1];
  // Rows of the weights are inputs: s₁, s₂, t, x.
  const weight = [a[0]!, a[2]!, a[1]!, a[3]!, ...b, ...c];
  const tensors = {
    "layer.0.weight": { shape: [4, 2], data: Float32Array.from(weight) },
    "layer.0.bias": vector(e),
    "context.mean": vector([0]),
    "context.scale": vector([1]),
    "outcome.mean": vector(center),
    "outcome.scale": vector(scale),
  };

  /** Where the flow carries a point: by many steps of RK4. */
  async function carried(s: readonly number[], x: number): Promise<Float64Array> {
    const linear: OdeField = async (t, [u = 0, v = 0], out) => {
      out[0] = a[0]! * u + a[1]! * v + b[0]! * t + c[0]! * x + e[0]!;
      out[1] = a[2]! * u + a[3]! * v + b[1]! * t + c[1]! * x + e[1]!;
    };
    return integrateFixed("rk4", linear, Float64Array.from(s), [0, 1], 200);
  }

  it("is that of the Gaussian, and Hutchinson's estimate agrees on average", async () => {
    const model = await loadFlowModel(flat, TWO_MODES, tensors);
    const rows = 40;
    const noise = normals(2 * rows, "noise");
    const contexts = normals(rows, "x");
    const outcomes = new Float64Array(2 * rows);
    const expected = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      const end = await carried([noise[2 * i]!, noise[2 * i + 1]!], contexts[i]!);
      for (const j of [0, 1]) outcomes[2 * i + j] = center[j]! + scale[j]! * end[j]!;
      const square = noise[2 * i]! ** 2 + noise[2 * i + 1]! ** 2;
      expected[i] = -Math.log(2 * Math.PI) - square / 2 - (a[0]! + a[3]!) - Math.log(scale[0]! * scale[1]!);
    }
    const stream = randomStream(1, "probes");
    const logs = await model.logLikelihood(contexts, outcomes, rows, stream);
    logs.forEach((log, i) => expect(Math.abs(log - expected[i]!)).toBeLessThan(1e-3));
    const options = { divergence: "hutchinson", probes: 30 } as const;
    const estimates = await model.logLikelihood(contexts, outcomes, rows, stream, options);
    expect(Math.abs(mean(estimates.map((v, i) => v - expected[i]!)))).toBeLessThan(0.05);
    expect(Math.max(...estimates.map((v, i) => Math.abs(v - expected[i]!)))).toBeGreaterThan(1e-3);
    await model.dispose();
  });

  it("is refused where a column does not vary", async () => {
    const model = await loadFlowModel(flat, TWO_MODES, { ...tensors, "outcome.scale": vector([2, 0]) });
    await expect(
      model.logLikelihood(new Float64Array(1), new Float64Array(2), 1, randomStream(1, "probes")),
    ).rejects.toMatchObject({ code: "likelihood-constant-column" });
  });

  it("is sampled by adaptive steps", async () => {
    const model = await loadFlowModel(flat, TWO_MODES, tensors);
    const drawn = await model.sample(Float64Array.of(0.5, -1), 2, 50, randomStream(2, "z"));
    const noise = new Float32Array(200);
    randomStream(2, "z").normal(noise);
    for (const row of [0, 49, 50, 99]) {
      const end = await carried([noise[2 * row]!, noise[2 * row + 1]!], row < 50 ? 0.5 : -1);
      for (const j of [0, 1]) expect(drawn[2 * row + j]!).toBeCloseTo(center[j]! + scale[j]! * end[j]!, 3);
    }
    await model.dispose();
  });
});

describe("a trained flow", () => {
  it("learns a conditional mixture, with coupled batches too", async () => {
    const data = twoModes(1500);
    const held = twoModes(500, 2);
    for (const [coupling, steps] of [
      ["independent", 2000],
      ["minibatch_ot", 700],
    ] as const) {
      const training = { steps, batch: 64, optimizer };
      const model = await trainFlowMatching({ ...spec, coupling }, training, data, TWO_MODES, randomStream(4, "train"));
      const logs = await model.logLikelihood(held.contexts, held.outcomes, held.rows, randomStream(1, "none"));
      const gap = meanLogDensity(held) - mean(logs);
      expect(gap).toBeGreaterThan(-0.05);
      expect(gap).toBeLessThan(0.5);
      expect(await momentError(model, 2000)).toBeLessThan(0.35);
      await model.dispose();
    }
  });
});

describe("coupling", () => {
  it("assigns at the least cost", () => {
    const n = 6;
    const cost = normals(n * n, "cost");
    const total = (columns: readonly number[]): number => columns.reduce((sum, j, i) => sum + cost[i * n + j]!, 0);
    let least = Infinity;
    const permute = (chosen: readonly number[]): void => {
      if (chosen.length === n) least = Math.min(least, total(chosen));
      for (let j = 0; j < n; j++) if (!chosen.includes(j)) permute([...chosen, j]);
    };
    permute([]);
    const found = [...assignment(cost, n)];
    expect(found.toSorted((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(total(found)).toBeCloseTo(least, 10);
  });

  it("sorts in one dimension, and stays among equal contexts", () => {
    const outcomes = Float64Array.of(3, 1, 2, 0);
    const free = Float64Array.of(0.1, 0.4, 0.2, 0.3);
    coupleBatch({ rows: 4, outcome: 1, context: 0, outcomes, contexts: null, noise: free });
    expect([...free]).toEqual([0.4, 0.2, 0.3, 0.1]);
    const bound = Float64Array.of(0.1, 0.4, 0.2, 0.3);
    coupleBatch({ rows: 4, outcome: 1, context: 1, outcomes, contexts: Float64Array.of(0, 0, 5, 5), noise: bound });
    expect([...bound]).toEqual([0.4, 0.1, 0.3, 0.2]);
  });

  it("draws rows by their weights", () => {
    const shares = cumulativeShares(Float64Array.of(0, 1, 0, 3, 0));
    const out = new Int32Array(5);
    rowsByShare(shares, Float64Array.of(0, 0.2, 0.25, 0.9, 1 - 1e-17), out);
    expect([...out]).toEqual([1, 1, 3, 3, 3]);
  });
});
