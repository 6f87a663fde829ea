import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runPipeline, type RunEvent } from "../../runtime/index.ts";
import { runMain } from "../../runtime/main.ts";
import type { RunOptions } from "../../runtime/options.ts";
import { workIdentity } from "../../runtime/runs/identity.ts";
import { withExecutor } from "../../runtime/tensor/executor-choice.ts";
import { smallPortfolio } from "./pipelines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const pipeline = smallPortfolio({ compare: [{ method: "saa" }] });

describe("the device of a run", () => {
  it("is the CPU, with a warning, where a GPU is asked of an executor that has none", async () => {
    const events: RunEvent[] = [];
    await runPipeline(pipeline, {
      runFolder: join(folder, "fallback"),
      quick: true,
      executor: "reference",
      device: "gpu",
      onEvent: (event) => events.push(event),
    });
    expect(events).toContainEqual({
      kind: "warning",
      code: "executor-fallback",
      message: expect.stringContaining("a GPU cannot be used here, so programs run on reference: "),
    });
  });

  it("decides whose finished work is taken: another executor's digits differ", async () => {
    const usual = workIdentity(pipeline);
    const named = await withExecutor({ kind: "onnx", provider: "cpu" }, async () => workIdentity(pipeline));
    const other = await withExecutor({ kind: "reference" }, async () => workIdentity(pipeline));
    expect(named).toBe(usual);
    expect(other).not.toBe(usual);
  });

  it("is read from the command line of an emitted pipeline, and refused where it is no device", async () => {
    const given: RunOptions[] = [];
    const errors: string[] = [];
    const start = (...argv: string[]): Promise<number> =>
      runMain(pipeline, {
        argv,
        write: () => undefined,
        writeError: (line) => errors.push(line),
        run: (_, options) => {
          given.push(options);
          return runPipeline(pipeline, { ...options, quick: true });
        },
        onInterrupt: () => () => undefined,
      });
    expect(await start("--out", join(folder, "main"), "--device", "cpu", "--executor", "onnx")).toBe(0);
    expect(given[0]).toMatchObject({ device: "cpu", executor: "onnx" });
    expect(await start("--device", "tpu")).toBe(2);
    expect(await start("--executor", "torch")).toBe(2);
    expect(errors.join("\n")).toContain("--device is one of auto, cpu, gpu, not tpu.");
    expect(errors.join("\n")).toContain("--executor is one of auto, onnx, tfjs, reference, not torch.");
  });
});
