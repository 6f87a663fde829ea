import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorstLaw, randomStream, runPipeline, type RunEvent } from "../../runtime/index.ts";
import type { RunOptions } from "../../runtime/options.ts";
import { literal, openConfined } from "../../runtime/data/duckdb.ts";
import { damageUnits } from "../runs/damaged-units.ts";
import { stopAndResume } from "../runs/stop-and-resume.ts";
import { temporaryFolder } from "../runs/temporary-folder.ts";
import { WORKER_ARGUMENTS } from "../support/worker-arguments.ts";
import { pipeline, smallForecast, weighed } from "./jobs-pipeline.ts";

const folder = temporaryFolder();
const module = new URL("./jobs-pipeline.ts", import.meta.url);
const at = (name: string): string => join(folder, name);
const FILES = ["results.json", "weights.safetensors", "predictions.parquet", "worst-laws.parquet", "report.md"];
const contents = (name: string): readonly string[] =>
  FILES.map((file) => readFileSync(join(at(name), file)).toString("base64"));
const inProcesses = (name: string, more: Partial<RunOptions> = {}): RunOptions => ({
  runFolder: at(name),
  jobs: 2,
  workers: { module, execArgv: WORKER_ARGUMENTS },
  ...more,
});

describe("a forecast in several processes", () => {
  it("ends in the same files, byte for byte, as one in a single process", async () => {
    await runPipeline(pipeline, { runFolder: at("one") });
    const events: RunEvent[] = [];
    await runPipeline(pipeline, inProcesses("two", { onEvent: (event) => events.push(event) }));
    expect(contents("two")).toEqual(contents("one"));
    const units = events.filter((event) => event.kind === "unit").map(({ seed, unit }) => `${seed} ${unit}`);
    expect(units.toSorted()).toEqual(
      [0, 1].flatMap((seed) => ["dro_chi2", "dro_kl", "ml"].map((method) => `${seed} train ${method}`)),
    );
    expect(events.some(({ kind }) => kind === "training")).toBe(true);
  });

  it("tells the failure of the first seed where a later one fails before it", async () => {
    cpSync(at("two"), at("failing seeds"), { recursive: true });
    damageUnits(at("failing seeds"), "train-ml", "train-dro-kl");
    await expect(runPipeline(pipeline, inProcesses("failing seeds"))).rejects.toMatchObject({
      code: "run-folder-damaged",
      args: { path: expect.stringMatching(/seed-0-/) },
    });
  });

  it("goes on in one process from where several were stopped", async () => {
    await stopAndResume(
      (options) => runPipeline(pipeline, inProcesses("stopped", options)),
      (options) => runPipeline(pipeline, { runFolder: at("stopped"), ...options }),
      3,
    );
    expect(contents("stopped")).toEqual(contents("one"));
  });

  it("says where a method fails", async () => {
    const failing = smallForecast([{ ...weighed, exact: { loss: "hinge", scale: 1 } }]);
    await expect(runPipeline(failing, { runFolder: at("failing") })).rejects.toMatchObject({
      code: "labels-not-signs",
      place: "model.dro:11:9",
      args: { loss: "hinge" },
    });
  });
});

describe("the worst law of a finished run", () => {
  it("is a table of weighted rows, and an object that is evaluated and sampled", async () => {
    const result = await runPipeline(pipeline, { runFolder: at("one") });
    const law = await openWorstLaw(pipeline, at("one"), "dro_chi2");
    expect(law.fields).toEqual([
      { name: "x", size: 2 },
      { name: "y", size: 1 },
    ]);
    expect(law.evaluate(() => 1)).toBeCloseTo(1, 12);
    const summary = result.worstLaws?.find(({ method }) => method === "dro_chi2");
    expect(summary!.worst).toBeGreaterThan(summary!.nominal);
    expect(summary!.points).toBe(law.weights.filter((weight) => weight > 0).length);
    const mean = law.evaluate((point) => point[2]!);
    const drawn = law.sample(20_000, randomStream(1, "sample"));
    let total = 0;
    for (let i = 2; i < drawn.length; i += 3) total += drawn[i]!;
    expect(Math.abs(total / 20_000 - mean)).toBeLessThan(0.1);
    const table = join(at("one"), "worst-laws.parquet");
    const database = await openConfined([table]);
    const rows = await database.rows(
      `SELECT method, count(*)::INT, sum(weight), sum(weight * y) FROM ${literal(table)} WHERE method = 'dro_chi2' GROUP BY method`,
    );
    database.close();
    expect(rows).toEqual([["dro_chi2", summary!.points, expect.closeTo(1, 12), expect.closeTo(mean, 10)]]);
    await expect(openWorstLaw(pipeline, at("one"), "ml")).rejects.toMatchObject({
      code: "no-worst-law",
      args: { known: "dro_kl, dro_chi2" },
    });
  });
});
