import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { inOrder } from "../../runtime/decision/in-order.ts";
import { createDecision, runPipeline, type DecisionAnswer, type DecisionOptions } from "../../runtime/index.ts";
import { readSafetensors, writeSafetensors } from "../../runtime/tensor/safetensors.ts";
import { temporaryFolder } from "../runs/temporary-folder.ts";
import { WORKER_ARGUMENTS } from "../support/worker-arguments.ts";
import { pipeline } from "./deciding-pipeline.ts";

const folder = temporaryFolder();
const run = join(folder, "run");
const workers = { module: new URL("./deciding-pipeline.ts", import.meta.url), execArgv: WORKER_ARGUMENTS };
const METHODS = ["dw_fm_detilt", "dw_fm", "uniform_fm", "pto", "knn_saa", "saa", "gmm"];
const CONTROLS = ["placebo", "uniform_fm_w", "uniform_fm_inverse_w"];

const contexts = (count: number): Float64Array[] =>
  Array.from({ length: count }, (_, i) => Float64Array.of(Math.sin(i), Math.cos(3 * i)));

const numbers = ({ z, t, objective, gap, status }: DecisionAnswer): unknown => ({ z, t, objective, gap, status });

async function decided(options: DecisionOptions, rows: readonly Float64Array[]): Promise<unknown[]> {
  const decide = await createDecision(pipeline, run, options);
  try {
    const answers: unknown[] = [];
    for await (const answer of decide.many(rows)) answers.push(numbers(answer));
    return answers;
  } finally {
    await decide.dispose();
  }
}

beforeAll(() => runPipeline(pipeline, { runFolder: run }), 60_000);

describe("decisions at many contexts", () => {
  it("are to the last bit those of one call each, in whatever order and company", async () => {
    const rows = contexts(20);
    const many = await decided({}, rows);
    const decide = await createDecision(pipeline, run);
    const alone = new Map<number, unknown>();
    for (const i of [13, 2, 19, 0, 2]) alone.set(i, numbers(await decide(rows[i]!)));
    // Calls that come at once share a sampler and a solver, and do not disturb each other.
    const together = await Promise.all([7, 8, 9].map((i) => decide(rows[i]!)));
    together.forEach((answer, k) => alone.set(7 + k, numbers(answer)));
    await decide.dispose();
    for (const [i, answer] of alone) expect(answer).toEqual(many[i]);
    expect(await decided({}, rows.toReversed())).toEqual(many.toReversed());
  });

  it("are the same in several processes, past the contexts that the calling process decides", async () => {
    const rows = contexts(300);
    expect(await decided({ jobs: 2, workers }, rows)).toEqual(await decided({ jobs: 1 }, rows));
  }, 60_000);

  it.each([...METHODS, ...CONTROLS])("come from any method of the run: %s", async (method) => {
    const rows = contexts(3);
    const answers = await decided({ method }, rows);
    expect(answers).toHaveLength(3);
    for (const answer of answers) expect(answer).toMatchObject({ status: "optimal" });
    expect(await decided({ method }, rows.slice(2))).toEqual(answers.slice(2));
  });

  it("change with the number of scenarios and with the seed of their noise, and with nothing else", async () => {
    const rows = contexts(2);
    const plain = await decided({}, rows);
    expect(await decided({ seed: pipeline.seed }, rows)).toEqual(plain);
    expect(await decided({ seed: 99 }, rows)).not.toEqual(plain);
    expect(await decided({ scenarios: 300 }, rows)).not.toEqual(plain);
  });

  it("may be any number: contexts are asked for as they are needed, and not after the caller has stopped", async () => {
    const decide = await createDecision(pipeline, run);
    let asked = 0;
    let closed = false;
    const endless = (function* () {
      try {
        while (true) yield contexts(1 + (asked++ % 2)).at(-1)!;
      } finally {
        closed = true;
      }
    })();
    let got = 0;
    for await (const answer of decide.many(endless)) {
      expect(answer.status).toBe("optimal");
      if (++got === 70) break;
    }
    expect(closed).toBe(true);
    expect(asked).toBeLessThan(400);
    await decide.dispose();
  });

  it("stop at a context of another size, after the answers before it", async () => {
    const decide = await createDecision(pipeline, run);
    const got: DecisionAnswer[] = [];
    const all = async (): Promise<void> => {
      for await (const answer of decide.many([...contexts(2), Float64Array.of(1), ...contexts(1)])) got.push(answer);
    };
    await expect(all()).rejects.toMatchObject({ code: "context-size" });
    expect(got).toHaveLength(2);
    await decide.dispose();
  });
});

describe("a run folder", () => {
  it("says which methods decide where another is asked for", async () => {
    await expect(createDecision(pipeline, run, { method: "knn_sa" })).rejects.toMatchObject({
      code: "run-method-unknown",
      message: expect.stringContaining('Did you mean "knn_saa"?'),
      help: expect.stringContaining("dw_fm_detilt"),
    });
    // The true law is not there at a new context.
    await expect(createDecision(pipeline, run, { method: "oracle_saa" })).rejects.toMatchObject({
      code: "run-method-unknown",
    });
  });

  it.each(["weights.safetensors", "train.safetensors"])("with another %s of the same spec is refused", async (name) => {
    const copy = join(folder, `edited-${name}`);
    cpSync(run, copy, { recursive: true });
    const { tensors, metadata } = readSafetensors(readFileSync(join(copy, name)));
    const [tensor] = Object.values(tensors);
    tensor!.data[0]! += 1;
    writeFileSync(join(copy, name), writeSafetensors(tensors, metadata));
    await expect(createDecision(pipeline, copy)).rejects.toMatchObject({
      code: "artefact-changed",
      data: { file: join(copy, name) },
    });
  });

  it("that is unfinished, of another version or damaged is refused", async () => {
    await expect(createDecision(pipeline, join(folder, "none"))).rejects.toMatchObject({ code: "no-finished-run" });
    await expect(createDecision({ ...pipeline, seed: 8 }, run)).rejects.toMatchObject({ code: "run-of-another-model" });
    const copy = join(folder, "damaged");
    cpSync(run, copy, { recursive: true });
    const path = join(copy, "weights.safetensors");
    writeFileSync(path, readFileSync(path).subarray(0, 40));
    await expect(createDecision(pipeline, copy)).rejects.toMatchObject({ code: "run-folder-damaged" });
  });
});

describe("work in order", () => {
  it("gives results in the order of the items, begins no more than asked, and passes the first failure on", async () => {
    let running = 0;
    let most = 0;
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
      running--;
      if (item === 11) throw new RangeError("eleven");
      return item * item;
    };
    const results: number[] = [];
    const take = async (count: number): Promise<void> => {
      for await (const result of inOrder(
        Array.from({ length: count }, (_, i) => i),
        3,
        work,
      ))
        results.push(result);
    };
    await take(10);
    expect(results).toEqual(Array.from({ length: 10 }, (_, i) => i * i));
    expect(most).toBe(3);
    await expect(take(20)).rejects.toThrow("eleven");
    expect(results.slice(10)).toEqual(Array.from({ length: 11 }, (_, i) => i * i));
    expect(running).toBe(0);
  });
});
