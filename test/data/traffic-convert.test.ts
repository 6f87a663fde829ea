import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";

const SCRIPT = join(import.meta.dirname, "../../examples/traffic-allocation/convert.mjs");
const SHARED = join(import.meta.dirname, "../../../shared/data");
const folder = mkdtempSync(join(tmpdir(), "droc-traffic-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** 18 sensors in a ring; sensor j drives 30 + j, and 10 less at every fifth step. */
const sensors = Array.from({ length: 18 }, (_, j) => String(100 + j));
const speed = (step: number, j: number): number => 30 + j + (step % 5 === 0 ? -10 : 0) + 0.01 * step;
const STEPS = 41;
const speeds = (header = sensors.join(",")): string =>
  `${header}\n${Array.from({ length: STEPS }, (_, t) => sensors.map((_id, j) => speed(t, j)).join(",")).join("\n")}\n`;
const matrix = sensors
  .map((_a, i) => sensors.map((_b, j) => ((i + 1) % 18 === j || (j + 1) % 18 === i ? 1 : i === j ? 1 : 0)).join(","))
  .join("\n");
const list = `from_id,to_id,weight\n${sensors.map((id, i) => `${id},${sensors[(i + 1) % 18]},1`).join("\n")}\n`;

interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

function convert(speedFile: string, adjacency: string): Table {
  const out = join(folder, "out.csv");
  execFileSync(process.execPath, [SCRIPT, "--speeds", speedFile, "--adjacency", adjacency, "--out", out]);
  const [header = "", ...lines] = readFileSync(out, "utf8").trim().split("\n");
  return { names: header.split(","), rows: lines.map((line) => line.split(",").map(Number)) };
}

const failure = (speedFile: string, adjacency: string): string => {
  const args = [SCRIPT, "--speeds", speedFile, "--adjacency", adjacency, "--out", join(folder, "bad.csv")];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(status).toBe(1);
  expect(existsSync(join(folder, "bad.csv"))).toBe(false);
  return stderr;
};

describe("the converter of the traffic data", () => {
  const { names, rows } = convert(put("speeds.csv", speeds()), put("adjacency.csv", matrix));
  const column = (name: string): number[] => rows.map((row) => row[names.indexOf(name)]!);

  it("writes every speed as it is, and a step", () => {
    expect(rows).toHaveLength(STEPS);
    expect(column("step")).toEqual(Array.from({ length: STEPS }, (_, t) => t));
    for (const [j, id] of sensors.entries()) {
      expect(column(`v_${id}`)).toEqual(Array.from({ length: STEPS }, (_, t) => speed(t, j)));
    }
  });

  it("measures congestion from the 40 % quantile of the training rows alone", () => {
    // The first row, and 70 % of the other forty.
    const trained = Array.from({ length: 29 }, (_, t) => speed(t, 3)).sort((a, b) => a - b);
    const position = 28 * 0.4;
    const below = Math.floor(position);
    const free = trained[below]! + (position - below) * (trained[below + 1]! - trained[below]!);
    const all = Array.from({ length: STEPS }, (_, t) => speed(t, 3)).sort((a, b) => a - b);
    expect(Math.abs(all[16]! - free)).toBeGreaterThan(0.01);
    for (const [t, value] of column(`s_${sensors[3]}`).entries()) {
      expect(value).toBeCloseTo(Math.max(0, free - speed(t, 3)), 5);
    }
  });

  it("puts neighbours on the road beside each other, whichever form the adjacency has", () => {
    const order = names.filter((name) => name.startsWith("v_")).map((name) => Number(name.slice(2)) - 100);
    expect(new Set(order).size).toBe(18);
    // Breadth first around a ring: the k-th sensor is at most half a turn's steps from the start.
    for (const [k, j] of order.entries()) expect(Math.min(j, 18 - j)).toBe(Math.ceil(k / 2));
    const again = convert(put("speeds.csv.gz", gzipSync(speeds())), put("list.csv", list));
    expect(again.names).toEqual(names);
    expect(again.rows).toEqual(rows);
  });

  it("passes over a leading step, and says where a cell is wrong", () => {
    const stepped = speeds(`step,${sensors.join(",")}`)
      .split("\n")
      .map((line, t) => (t === 0 || line === "" ? line : `${t - 1},${line}`))
      .join("\n");
    expect(convert(put("stepped.csv", stepped), join(folder, "adjacency.csv")).rows).toEqual(rows);

    const hole = speeds().split("\n");
    hole[3] = hole[3]!.replace(/^[^,]*/, "");
    expect(failure(put("hole.csv", hole.join("\n")), join(folder, "adjacency.csv"))).toContain(
      "hole.csv:4: `` in column 100 is not a number",
    );
    const cut = speeds().split("\n");
    cut[5] = cut[5]!.split(",").slice(1).join(",");
    expect(failure(put("cut.csv", cut.join("\n")), join(folder, "adjacency.csv"))).toContain("cut.csv:6: 17 cells");
    expect(failure(join(folder, "speeds.csv"), put("bad.csv.txt", list.replace("105,", "999,")))).toContain(
      "sensor 999 has no speeds",
    );
  });

  it.skipIf(!existsSync(join(SHARED, "metr_la_week_speed.csv.gz")))("takes the week of METR-LA", () => {
    const { names: found, rows: week } = convert(
      join(SHARED, "metr_la_week_speed.csv.gz"),
      join(SHARED, "metr_la_adjacency.csv"),
    );
    expect([week.length, found.length]).toEqual([2016, 1 + 2 * 207]);
    const congestion = week.slice(0, 1411).flatMap((row) => row.slice(208));
    const share = congestion.filter((value) => value > 0).length / congestion.length;
    // Two fifths of the training speeds are below their 40 % quantile.
    expect(share).toBeGreaterThan(0.38);
    expect(share).toBeLessThan(0.4);
  });
});
