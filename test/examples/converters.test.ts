import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { EXAMPLES } from "./convert.ts";

const folder = mkdtempSync(join(tmpdir(), "droc-converters-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const other = join(folder, "other.csv");
writeFileSync(other, "colour,taste\nred,sweet\ngreen,sour\n");

/** What each converter reads. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  "bike-newsvendor": ["--hours", other],
  "carbon-forecast": ["--hours", other],
  digits: ["--mnist", other, "--usps", other],
  "energy-cost-scheduling": ["--instances", other, "--instance", "shop"],
  "energy-scheduling": ["--hours", other],
  "hospital-beds": ["--days", other],
  "industry-portfolio": ["--industries", other, "--factors", other],
  outages: ["--events", other],
  "ride-forecast": ["--hours", other],
  "stock-portfolio": ["--prices", other, "--market", other],
  "traffic-allocation": ["--speeds", other, "--adjacency", other],
};

const converters = readdirSync(EXAMPLES).filter((example) => existsSync(join(EXAMPLES, example, "convert.mjs")));

describe.each(converters)("the converter of %s", (example) => {
  it.each([
    ["of other columns", (given: readonly string[]) => given],
    ["that is not there", (given: readonly string[]) => given.map((word) => (word === other ? `${other}.none` : word))],
  ])("names the file %s, and writes nothing", (_, change) => {
    const out = join(folder, "out");
    const given = INPUTS[example];
    if (given === undefined) throw new Error(`This test does not know what ${example} reads.`);
    const script = join(EXAMPLES, example, "convert.mjs");
    const { status, stderr } = spawnSync(process.execPath, [script, ...change(given), "--out", out], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toContain("other.csv");
    expect(stderr).not.toMatch(/^\s+at |node:internal/m);
    expect(existsSync(out)).toBe(false);
  });
});
