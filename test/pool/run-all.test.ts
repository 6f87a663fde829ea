import { describe, expect, it } from "vitest";
import { carryError, reviveError } from "../../runtime/pool/carried-error.ts";
import { inheritedArguments } from "../../runtime/pool/exec-arguments.ts";
import { BYTES_A_JOB, defaultJobs } from "../../runtime/pool/jobs.ts";
import { EndedByFailure, runAll } from "../../runtime/pool/run-all.ts";
import { createGate, untilAborted } from "../support/gate.ts";

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((one) => one !== item)).map((rest) => [item, ...rest]));
}

describe("runAll", () => {
  it("does no more at once than it may, and begins in order", async () => {
    let running = 0;
    let most = 0;
    const begun: number[] = [];
    const items = Array.from({ length: 9 }, (_, k) => k);
    const results = await runAll(items, 3, async (item) => {
      begun.push(item);
      most = Math.max(most, ++running);
      await pause();
      running--;
      return 10 * item;
    });
    expect(results).toEqual(items.map((item) => 10 * item));
    expect(begun).toEqual(items);
    expect(most).toBe(3);
  });

  it("asks those after one that fails to end, waits for all and throws that failure", async () => {
    const ended: number[] = [];
    const begun: number[] = [];
    const reasons: unknown[] = [];
    const second = createGate();
    const all = runAll([0, 1, 2, 3, 4], 3, async (item, signal) => {
      begun.push(item);
      if (item === 1) throw new Error("one");
      if (item === 2) {
        await untilAborted(signal);
        reasons.push(signal.reason);
        second.open();
      } else await second.opened;
      await pause();
      ended.push(item);
      signal.throwIfAborted();
    });
    await expect(all).rejects.toThrow("one");
    expect(ended.toSorted()).toEqual([0, 2]);
    expect(reasons).toEqual([expect.any(EndedByFailure)]);
    expect(begun).toEqual([0, 1, 2]);
  });

  it("throws the failure of the first item that fails, in whatever order they do", async () => {
    const orders = permutations([0, 1, 2, 3]);
    for (const order of orders) {
      const gates = order.map(createGate);
      const failed: number[] = [];
      const all = runAll([0, 1, 2, 3, 4], 4, async (item, signal) => {
        await Promise.race([gates[item]!.opened, untilAborted(signal)]);
        signal.throwIfAborted();
        if (item === 0) return;
        failed.push(item);
        throw new Error(`item ${item}`);
      });
      const told = expect(all).rejects.toThrow("item 1");
      for (const item of order) {
        gates[item]!.open();
        await pause();
      }
      await told;
      // What comes after a failure was asked to end.
      const lowest = order.filter((item, k) => item > 0 && order.slice(0, k).every((one) => one === 0 || one > item));
      expect(failed).toEqual(lowest);
    }
  });

  it("throws the signal's reason where it is aborted from outside", async () => {
    const controller = new AbortController();
    const all = runAll(
      [0, 1, 2],
      1,
      async (item, signal) => {
        if (item === 1) controller.abort(new Error("outside"));
        signal.throwIfAborted();
        return item;
      },
      controller.signal,
    );
    await expect(all).rejects.toThrow("outside");
  });

  it("has no results of no items", async () => {
    expect(await runAll([], 4, async () => 1)).toEqual([]);
  });
});

describe("parts of the pool", () => {
  it("take as many jobs as cores and memory allow, and one at least", () => {
    expect(defaultJobs(8, 100 * BYTES_A_JOB)).toBe(8);
    expect(defaultJobs(8, 2.5 * BYTES_A_JOB)).toBe(2);
    expect(defaultJobs(8, 0)).toBe(1);
    expect(defaultJobs()).toBeGreaterThanOrEqual(1);
  });

  it("pass on how modules are loaded and nothing else", () => {
    const given = ["--import", "tsx", "--max-old-space-size=4096", "--conditions=dev", "-r", "./a.cjs", "--expose-gc"];
    expect(inheritedArguments(given)).toEqual(["--import", "tsx", "--conditions=dev", "-r", "./a.cjs"]);
    expect(inheritedArguments(["--import"])).toEqual([]);
  });

  it("carry what is no error as one", () => {
    expect(reviveError(carryError("thrown"))).toMatchObject({ name: "Error", message: "thrown" });
    const range = new RangeError("far");
    expect(reviveError(carryError(range))).toMatchObject({ name: "RangeError", message: "far", stack: range.stack });
  });
});
