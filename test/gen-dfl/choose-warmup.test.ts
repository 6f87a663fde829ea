import { describe, expect, it } from "vitest";
import type { StoredSampler } from "../../runtime/methods/backend.ts";
import { chooseWarmup } from "../../runtime/methods/gen-dfl/choose-warmup.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const stream = randomStream(1, "choose");
const held = { rows: 2, contexts: new Float64Array(2), outcomes: Float64Array.of(1, 3) };
const none = { rows: 0, contexts: new Float64Array(0), outcomes: new Float64Array(0) };

/** Laws N(steps / 100, 1) whose held-out likelihood is greatest at 200 steps, and those that were let go. */
function laws(): { readonly dropped: number[]; fit(steps: number): Promise<StoredSampler> } {
  const dropped: number[] = [];
  return {
    dropped,
    fit: async (steps) => ({
      tensors: { steps: { shape: [1], data: Float32Array.of(steps) } },
      logLikelihood: async (_contexts, outcomes, rows) =>
        Float64Array.from(outcomes.subarray(0, rows), (value) => -((value - steps / 100) ** 2) / 2),
      sample: () => Promise.reject(new Error("not sampled")),
      samplerOnnx: () => new Uint8Array(0),
      dispose: async () => {
        dropped.push(steps);
      },
    }),
  };
}

describe("how long a generator warms up", () => {
  it("is the candidate that makes held-out rows most likely, and the others are let go", async () => {
    const { dropped, fit } = laws();
    const chosen = await chooseWarmup([500, 100, 200], held, stream, fit);
    expect(chosen.tensors["steps"]!.data[0]).toBe(200);
    expect(dropped.toSorted((a, b) => a - b)).toEqual([100, 500]);
  });

  it("is the shorter of two that are as good", async () => {
    const chosen = await chooseWarmup([250, 150], held, stream, laws().fit);
    expect(chosen.tensors["steps"]!.data[0]).toBe(150);
  });

  it("needs no held-out row for one candidate, and says that it does for several", async () => {
    const chosen = await chooseWarmup([7], none, stream, laws().fit);
    expect(chosen.tensors["steps"]!.data[0]).toBe(7);
    await expect(chooseWarmup([7, 8], none, stream, laws().fit)).rejects.toMatchObject({ code: "too-few-rows" });
  });
});
