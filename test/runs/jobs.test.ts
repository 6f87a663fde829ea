import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runPipeline, type RunEvent } from "../../runtime/index.ts";
import type { RunOptions } from "../../runtime/options.ts";
import { WORKER_ARGUMENTS } from "../support/worker-arguments.ts";
import { smallPortfolio } from "./pipelines.ts";
import { damageUnits } from "./damaged-units.ts";
import { stopAndResume } from "./stop-and-resume.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { pipeline } from "./threaded-pipeline.ts";

const folder = temporaryFolder();
const module = new URL("./threaded-pipeline.ts", import.meta.url);
const at = (name: string): string => join(folder, name);
const results = (name: string): string => readFileSync(join(at(name), "results.json"), "utf8");
const inThreads = (name: string, more: Partial<RunOptions> = {}): RunOptions => ({
  runFolder: at(name),
  jobs: 2,
  workers: { module, execArgv: WORKER_ARGUMENTS },
  ...more,
});

describe("a run in several threads", () => {
  it("ends in the same results, byte for byte, as one in a single thread", async () => {
    await runPipeline(pipeline, { runFolder: at("one") });
    const events: RunEvent[] = [];
    await runPipeline(pipeline, inThreads("two", { onEvent: (event) => events.push(event) }));
    expect(results("two")).toBe(results("one"));
    expect(events.some(({ kind }) => kind === "training")).toBe(true);
    // Units are told once each.
    const units = events.filter((event) => event.kind === "unit").map(({ seed, unit }) => `${seed} ${unit}`);
    expect(new Set(units).size).toBe(units.length);
  });

  it("tells the failure of the first seed where a later one fails before it", async () => {
    cpSync(at("two"), at("failing seeds"), { recursive: true });
    damageUnits(at("failing seeds"), "train-uniform", "train-uniform");
    await expect(runPipeline(pipeline, inThreads("failing seeds"))).rejects.toMatchObject({
      code: "run-folder-damaged",
      args: { path: expect.stringMatching(/seed-0-/) },
    });
  });

  it("goes on, with another number of threads, from where it was stopped", async () => {
    await stopAndResume(
      (options) => runPipeline(pipeline, inThreads("stopped", options)),
      (options) => runPipeline(pipeline, { runFolder: at("stopped"), ...options }),
      6,
    );
    expect(results("stopped")).toBe(results("one"));
  });

  it("refuses a module that holds another pipeline", async () => {
    const other = smallPortfolio({ compare: [] });
    await expect(runPipeline(other, inThreads("other"))).rejects.toMatchObject({
      code: "worker-pipeline",
      args: { module: module.href },
    });
  });
});
