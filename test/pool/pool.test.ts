import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { openInline, openProcesses, type WorkerPool } from "../../runtime/pool/pool.ts";
import { runAll } from "../../runtime/pool/run-all.ts";
import { WORKER_ARGUMENTS } from "../support/worker-arguments.ts";
import { solveExercise, type Exercise, type Solution } from "./entry.ts";

type Pool = WorkerPool<Exercise, number, Solution>;
const processes: Pool = openProcesses({
  jobs: 2,
  entry: new URL("./entry.ts", import.meta.url),
  execArgv: WORKER_ARGUMENTS,
});
afterAll(() => processes.close());
const pools: readonly (readonly [string, Pool])[] = [
  ["processes", processes],
  ["the calling thread", openInline(solveExercise)],
];

describe.each(pools)("a pool of %s", (_, pool) => {
  it("gives results in the order of the tasks, whichever ends first", async () => {
    const delays = [120, 0, 60, 0, 30];
    const solutions = await runAll(delays, pool.jobs, (after, signal, k) =>
      pool.run({ kind: "double", values: Float64Array.of(k, k + 0.5), after }, { signal }),
    );
    expect(solutions.map(({ values }) => [...values])).toEqual(delays.map((_delay, k) => [2 * k, 2 * k + 1]));
    expect(solutions[0]!.values).toBeInstanceOf(Float64Array);
  });

  it("has told all progress, in order, when the result is there", async () => {
    const told: number[] = [];
    await pool.run({ kind: "count", to: 50 }, { onProgress: (done) => told.push(done) });
    expect(told).toEqual(Array.from({ length: 50 }, (_none, k) => k + 1));
  });

  it("carries an error over with its code, arguments, texts and places", async () => {
    await expect(pool.run({ kind: "fail" })).rejects.toMatchObject({
      name: "RuntimeError",
      code: "decision-infeasible",
      severity: "error",
      args: { what: "the plan {what}" },
      message: "No decision is feasible: the plan {what} has an empty feasible set.",
      help: "Loosen the constraints that are named.",
      place: "model.dro:3:7",
      about: "loss",
      data: { file: "prices.csv", line: 12, column: "r" },
    });
    await expect(pool.run({ kind: "break" })).rejects.toMatchObject({ name: "TypeError", message: "broken" });
    // A failed task leaves the pool as it was.
    const { values } = await pool.run({ kind: "double", values: Float64Array.of(4), after: 0 });
    expect([...values]).toEqual([8]);
  });

  it("lets a cancelled task end in its own time and throws the signal's reason", async () => {
    const controller = new AbortController();
    const told: number[] = [];
    const waiting = pool.run(
      { kind: "wait" },
      {
        signal: controller.signal,
        onProgress(done) {
          told.push(done);
          if (done === 0) controller.abort(new Error("enough"));
        },
      },
    );
    await expect(waiting).rejects.toThrow("enough");
    expect(told).toEqual([0, 1]);
  });

  it("begins nothing once the signal is aborted", async () => {
    const signal = AbortSignal.abort(new Error("before"));
    await expect(pool.run({ kind: "count", to: 1 }, { signal })).rejects.toThrow("before");
  });
});

describe("processes", () => {
  it("are others than the calling one", async () => {
    const { received } = await processes.run({ kind: "who" });
    expect(received).not.toBe(process.pid);
  });

  it("leave a task's arrays to whoever sent them", async () => {
    const values = Float64Array.of(1, 2, 3);
    expect(await processes.run({ kind: "double", values, after: 0 })).toMatchObject({ received: 3 });
    expect([...values]).toEqual([1, 2, 3]);
  });

  it("say so where one ends before its task does", async () => {
    await expect(processes.run({ kind: "leave" })).rejects.toMatchObject({ code: "worker-ended" });
    const { values } = await processes.run({ kind: "double", values: Float64Array.of(1), after: 0 });
    expect([...values]).toEqual([2]);
  });

  it("cancel a task that waits for its turn", async () => {
    const controller = new AbortController();
    const tasks = Array.from({ length: 4 }, () =>
      processes.run({ kind: "wait" }, { signal: controller.signal }).catch((error: unknown) => String(error)),
    );
    controller.abort(new Error("all"));
    expect(await Promise.all(tasks)).toEqual(Array.from({ length: 4 }, () => "Error: all"));
  });

  it("are waited for where they are slow to leave", async () => {
    const script = fileURLToPath(new URL("./close-slow.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [...WORKER_ARGUMENTS, script]);
    expect(stdout).toBe("closed\n");
  });
});
