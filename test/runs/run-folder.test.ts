import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatJson } from "../../runtime/report/json.ts";
import { writeAtomic } from "../../runtime/runs/atomic.ts";
import { pipelineIdentity, specIdentity } from "../../runtime/runs/identity.ts";
import { checkpointSlot, openRunFolder } from "../../runtime/runs/run-folder.ts";
import { decodeTensors, encodeTensors } from "../../runtime/runs/safetensors.ts";
import { smallPortfolio } from "./pipelines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

describe("safetensors", () => {
  const tensors = {
    b: { shape: [2, 2], data: Float64Array.of(1, -0, 1 / 3, 1e-300) },
    a: { shape: [3], data: Float32Array.of(1, 2, 3) },
    none: { shape: [0, 4], data: new Float32Array(0) },
  };

  it("keeps every bit", () => {
    const read = decodeTensors(encodeTensors(tensors, { step: "12" }));
    expect(read.metadata).toEqual({ step: "12" });
    expect(read.tensors).toEqual(tensors);
  });

  it("reads a file through a pooled buffer at any offset", () => {
    const bytes = encodeTensors(tensors);
    const pool = Buffer.alloc(bytes.length + 64);
    for (const offset of [0, 3, 8, 13]) {
      pool.set(bytes, offset);
      const view = pool.subarray(offset, offset + bytes.length);
      const read = decodeTensors(view);
      view.fill(0);
      expect(read.tensors).toEqual(tensors);
    }
  });

  it("is laid out as the format says", () => {
    const bytes = encodeTensors({ w: { shape: [2], data: Float32Array.of(1, 2) } });
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(header % 8).toBe(0);
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header)));
    expect(json).toEqual({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8] } });
    expect(bytes.length).toBe(8 + header + 8);
  });

  it("refuses a file that is cut off anywhere, and values that do not fill the shape", () => {
    const bytes = encodeTensors(tensors);
    for (const length of [0, 7, 20, bytes.length - 1]) {
      expect(() => decodeTensors(bytes.subarray(0, length))).toThrow();
    }
    expect(() => encodeTensors({ x: { shape: [3], data: new Float32Array(2) } })).toThrow(RangeError);
  });
});

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
