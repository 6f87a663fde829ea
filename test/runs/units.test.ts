import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAll } from "../../runtime/pool/run-all.ts";
import { openRunFolder } from "../../runtime/runs/run-folder.ts";
import { openUnits, type UnitStore } from "../../runtime/runs/units.ts";
import type { TensorFile } from "../../runtime/tensor/safetensors.ts";
import { createGate, untilAborted } from "../support/gate.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const key = { seed: 0, name: "optima", dataHash: "0".repeat(64) };
const file = (value: number): TensorFile => ({
  tensors: { value: { shape: [1], data: Float64Array.of(value) } },
  metadata: {},
});

async function openStore(name: string): Promise<{ readonly units: UnitStore; readonly told: boolean[] }> {
  const told: boolean[] = [];
  const units = openUnits(await openRunFolder(join(folder, name)), {
    identity: "1".repeat(64),
    onUnit: ({ cached }) => told.push(cached),
  });
  return { units, told };
}

describe("a unit that two ask for at once", () => {
  it("is done once and told once", async () => {
    const { units, told } = await openStore("once");
    let done = 0;
    const values = await runAll([0, 1, 2], 3, async () => {
      const { tensors } = await units.unit(key, async () => file(++done));
      return tensors["value"]!.data[0];
    });
    expect(values).toEqual([1, 1, 1]);
    expect(told).toEqual([false]);
  });

  it("is done by the other where a failure elsewhere ends the first, and that failure is told", async () => {
    const { units, told } = await openStore("ended");
    const values: number[] = [];
    const taken = createGate();
    const all = runAll([0, 1, 2], 3, async (item, signal) => {
      if (item === 2) {
        await units.unit(key, async () => {
          taken.open();
          await untilAborted(signal);
          throw signal.reason;
        });
      }
      await taken.opened;
      if (item === 1) throw new Error("one");
      const { tensors } = await units.unit(key, async () => file(5));
      values.push(Number(tensors["value"]!.data[0]));
    });
    await expect(all).rejects.toThrow("one");
    expect(values).toEqual([5]);
    expect(told).toEqual([false]);
  });

  it("fails for both where it fails by itself", async () => {
    const { units } = await openStore("failed");
    let done = 0;
    const ask = (): Promise<unknown> =>
      units.unit(key, async () => {
        done++;
        throw new Error("by itself");
      });
    const outcomes = await Promise.allSettled([ask(), ask()]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(done).toBe(1);
  });
});
