import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bases } from "../../compiler/reference/runtime-examples/bases.ts";
import { compareDecisions, lockText, parseLock, type Lock } from "../../compiler/review/lock/index.ts";
import { droc, folderWith } from "../cli/support.ts";

interface Fact {
  readonly what: string;
  readonly locked: string;
  readonly now: string;
}
interface Verified {
  readonly exit: number | null;
  readonly broken: readonly string[];
}

let locked = "";

/** A spec over a CSV, run and locked once; each test changes a copy. */
beforeAll(async () => {
  locked = folderWith(bases.orders.files);
  expect((await droc(["run", "model.dro", "--out", "today"], { cwd: locked })).exit).toBe(0);
  const { exit, stderr } = await droc(["lock", "model.dro", "--run", "today"], { cwd: locked });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.any(String) });
}, 60_000);

function copy(): string {
  const folder = folderWith({});
  cpSync(locked, folder, { recursive: true });
  return folder;
}

function edit(folder: string, file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

async function verify(folder: string, ...args: readonly string[]): Promise<Verified> {
  const { exit, stdout } = await droc(["verify", "model.dro", "--json", ...args], { cwd: folder });
  const answer = JSON.parse(stdout) as { readonly result: { readonly broken: readonly Fact[] } | null };
  return { exit, broken: (answer.result?.broken ?? []).map((one) => one.what) };
}

describe("droc lock and droc verify", () => {
  it("holds where nothing changed, by the same bytes each time", async () => {
    expect(await verify(locked)).toEqual({ exit: 0, broken: [] });
    const before = readFileSync(join(locked, "model.lock.json"), "utf8");
    const again = copy();
    expect((await droc(["lock", "model.dro", "--run", "today"], { cwd: again })).exit).toBe(0);
    expect(readFileSync(join(again, "model.lock.json"), "utf8")).toBe(before);
  }, 30_000);

  it("knows rows, defaults, weights and the decisions of the test part", () => {
    const lock = parseLock(readFileSync(join(locked, "model.lock.json"), "utf8"));
    if (typeof lock === "string") throw new Error(lock);
    const [model] = lock.models;
    expect(model?.data).toMatchObject({ kind: "file", path: "sales.csv", rows: 16 });
    expect(model?.defaults["gmm.restarts"]).toBe("5");
    expect(Object.keys(model?.run?.weights ?? {})).toContain("weights.safetensors");
    expect(model?.run?.decided.decisions).toHaveLength(4);
    for (const [order] of model?.run?.decided.decisions ?? []) expect(order).toBeGreaterThan(0);
  });

  it("finds one changed cell of the data, and nothing else", async () => {
    const folder = copy();
    edit(folder, "sales.csv", "18.5,3,39", "18.5,3,38");
    expect(await verify(folder)).toEqual({ exit: 1, broken: ["data sales.csv: sha256"] });
  });

  it("finds a changed default, another solver, another droc, an edited weight file, another row", async () => {
    const folder = copy();
    edit(folder, "model.lock.json", '"gmm.restarts": "5"', '"gmm.restarts": "3"');
    edit(folder, "model.lock.json", '"highs": "', '"highs": "0.');
    edit(folder, "model.lock.json", '"droc": "', '"droc": "0.');
    edit(folder, "sales.csv", "2024-06-16", "2024-06-16,18.5,3,39\n2024-06-17");
    const path = join(folder, "today/train.safetensors");
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3);
    writeFileSync(path, bytes);
    const { exit, broken } = await verify(folder);
    expect(exit).toBe(1);
    expect(broken.filter((one) => !one.startsWith("decision"))).toEqual([
      "droc",
      "solver highs",
      "default gmm.restarts",
      "data sales.csv: sha256",
      "data sales.csv: rows",
      "weights train.safetensors",
    ]);
  });

  it("finds a changed spec, and a decision that is no longer taken", async () => {
    const folder = copy();
    edit(folder, "model.dro", "3 * max", "4 * max");
    expect(await verify(folder)).toEqual({ exit: 1, broken: ["meaning"] });
    rmSync(join(folder, "today"), { recursive: true });
    expect((await verify(folder)).broken).toEqual(["meaning", "decision"]);
  });

  it("trains again with --full, to the same decisions but for one that the lock has otherwise", async () => {
    const folder = copy();
    const text = readFileSync(join(folder, "model.lock.json"), "utf8");
    const [, first = ""] = /"decisions": \[\s+\[([\d.]+)\]/.exec(text) ?? [];
    edit(folder, "model.lock.json", `[${first}]`, `[${Number(first) + 0.01}]`);
    const { broken } = await verify(folder, "--full");
    expect(broken).toEqual(["decision at context 1: order", "decision after training again at context 1: order"]);
  }, 60_000);

  it("refuses a run of another spec, and a file that is no lock", async () => {
    const folder = copy();
    edit(folder, "model.dro", "in 0..100", "in 0..90");
    const { exit, stderr } = await droc(["lock", "model.dro", "--run", "today"], { cwd: folder });
    expect({ exit, code: /error\[([\w-]+)\]/.exec(stderr)?.[1] }).toEqual({ exit: 1, code: "cli-lock-run" });
    for (const text of ["", "[]", '{ "lockVersion": 2 }', '{ "lockVersion": 1, "models": [{}] }']) {
      expect(parseLock(text)).toEqual(expect.any(String));
    }
  });
});

describe("the lock's text", () => {
  it("reads back as itself", () => {
    const lock = parseLock(readFileSync(join(locked, "model.lock.json"), "utf8"));
    expect(parseLock(lockText(lock as Lock))).toEqual(lock);
  });

  it("holds decisions to a tolerance, and none against a missing number", () => {
    const decided = { method: "gmm", names: ["a", "b"], contexts: [[1]], decisions: [[1, 100]] };
    expect(compareDecisions("M", decided, [[1.000001, 100.0005]])).toEqual([]);
    expect(compareDecisions("M", decided, [[1, 100.01]]).map((one) => one.what)).toEqual(["decision at context 1: b"]);
    expect(compareDecisions("M", decided, [])).toHaveLength(1);
    expect(compareDecisions("M", decided, [[NaN, 100]])).toHaveLength(1);
  });
});
