import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatJson } from "../../runtime/report/json.ts";
import { writeAtomic } from "../../runtime/runs/atomic.ts";
import { pipelineIdentity, specIdentity } from "../../runtime/runs/identity.ts";
import { checkpointSlot, openRunFolder } from "../../runtime/runs/run-folder.ts";
import { smallPortfolio } from "./pipelines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

describe("atomic writes", () => {
  it("replace the content and leave nothing beside it", async () => {
    const path = join(folder, "atomic", "file.txt");
    await writeAtomic(path, "one");
    await writeAtomic(path, "two");
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(readdirSync(join(folder, "atomic"))).toEqual(["file.txt"]);
  });

  it("leave the old content where the write fails", async () => {
    const path = join(folder, "kept", "target");
    mkdirSync(join(path, "inside"), { recursive: true });
    await expect(writeAtomic(path, "new")).rejects.toThrow();
    expect(readdirSync(join(folder, "kept"))).toEqual(["target"]);
  });
});

describe("a run folder", () => {
  it("keeps a checkpoint until it is cleared", async () => {
    const run = await openRunFolder(join(folder, "checkpoints"));
    const slot = checkpointSlot(run, "units/one.checkpoint.safetensors", 100);
    expect(await slot.load()).toBeNull();
    const tensors = { w: { shape: [2], data: Float32Array.of(0.5, -1) } };
    await slot.save({ step: 300, tensors });
    expect(await slot.load()).toEqual({ step: 300, tensors });
    await slot.clear();
    expect(await slot.load()).toBeNull();
  });

  it("says why it cannot be written", async () => {
    const file = join(folder, "occupied");
    writeFileSync(file, "");
    await expect(openRunFolder(file)).rejects.toMatchObject({
      code: "output-not-writable",
      message: `The run folder ${file} cannot be written: it is a file, not a folder.`,
    });
    await expect(openRunFolder(join(file, "below"))).rejects.toMatchObject({ code: "output-not-writable" });
  });
});

describe("the identity of a pipeline", () => {
  const pipeline = smallPortfolio();

  it("does not change with places, the folder, seeds or slices", () => {
    const { evaluate, data } = pipeline;
    const moved = {
      ...pipeline,
      root: "/elsewhere",
      evaluate: { ...evaluate, seeds: 9, slices: 4 },
      data: { ...data, fields: data.fields.map((field) => ({ ...field, at: "other.dro:9:9" })) },
    };
    expect(pipelineIdentity(moved)).toBe(pipelineIdentity(pipeline));
  });

  it("changes with a value, an infinite bound and the text of the loss", () => {
    const { problem } = pipeline;
    const identity = pipelineIdentity(pipeline);
    expect(pipelineIdentity({ ...pipeline, seed: 8 })).not.toBe(identity);
    const feasible = { ...problem.feasible, upper: [Infinity, 0.6, 0.6] };
    expect(pipelineIdentity({ ...pipeline, problem: { ...problem, feasible } })).not.toBe(identity);
    const edited = { ...pipeline, problem: { ...problem, loss: (z: Float64Array, s: Float64Array) => z[0]! * s[0]! } };
    expect(pipelineIdentity(edited)).not.toBe(identity);
    // An application's bundler may rewrite functions: there only the values count.
    expect(specIdentity(edited)).toBe(specIdentity(pipeline));
  });
});

describe("readable JSON", () => {
  it("keeps arrays of numbers on a line and means the same", () => {
    const value = { name: "x", list: [1, 2, 3], nested: [{ a: [0.1], b: null }], skipped: undefined };
    const text = formatJson(value);
    expect(text.split("\n")).toContain('  "list": [1,2,3],');
    expect(JSON.parse(text)).toEqual({ name: "x", list: [1, 2, 3], nested: [{ a: [0.1], b: null }] });
  });
});
