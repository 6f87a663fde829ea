import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { runPipeline } from "../../runtime/index.ts";
import { smallPortfolio } from "./pipelines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

// Reports are held to a few a second otherwise, and a quick machine is done after three.
vi.mock(import("../../runtime/methods/pace.ts"), async (original) => ({
  ...(await original()),
  throttled: () => () => true,
}));

const folder = temporaryFolder();
setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** Bytes that are still in use after a collection: objects, buffers and what native code keeps for them. */
function used(): number {
  if (typeof collect !== "function") throw new Error("No collection can be asked for.");
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("the memory of a long training", () => {
  it("does not grow with the steps", async () => {
    const steps = 16_000;
    const measured: { readonly step: number; readonly bytes: number }[] = [];
    const pipeline = smallPortfolio({
      train: { strength: { scale: "relative", grid: [0] }, steps },
      compare: [],
      evaluate: { contexts: 4 },
    });
    await runPipeline(pipeline, {
      runFolder: join(folder, "long"),
      onEvent(event) {
        if (event.kind === "training" && event.step % 1000 === 0) measured.push({ step: event.step, bytes: used() });
      },
    });
    // The first quarter warms up: programs, compiled code, the first checkpoint.
    const warm = measured.filter(({ step }) => step > steps / 4 && step < steps);
    expect(warm).toHaveLength(11);
    const growth = warm.at(-1)!.bytes - warm[0]!.bytes;
    // One kept step would hold its batch of 64 rows of noise and outcomes, 1.5 kB: 18 MB over these.
    expect(growth).toBeLessThan(4 * 2 ** 20);
  });
});
