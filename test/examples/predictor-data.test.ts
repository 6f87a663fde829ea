import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { convert, rowsOf, SHARED } from "./convert.ts";

const HOURS = join(SHARED, "carbon_eia_2022_hourly.csv");
const MNIST = join(SHARED, "mnist10k_14x14.csv.gz");
const USPS = join(SHARED, "usps_train_16x16.csv.gz");
const folder = mkdtempSync(join(tmpdir(), "droc-predictor-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

describe("the hours of carbon-forecast", () => {
  it("stand a grid below the other, without those that were not measured", () => {
    const source = written("grids.csv", [
      "utc,erco_ci,erco_wind,ciso_ci",
      "2022-01-01T00,334.206,16317,222.296",
      "2022-01-01T01,,15825,260.918",
      "2022-01-01T02,308.885,14907,271.891",
    ]);
    const out = join(folder, "carbon.csv");
    expect(convert("carbon-forecast", out, "--hours", source)).toContain("3 hours of CISO, 2 hours of ERCO");
    expect(rowsOf(out)).toEqual([
      { time: "2022-01-01T00", zone: "ERCO", y: "334.206" },
      { time: "2022-01-01T02", zone: "ERCO", y: "308.885" },
      { time: "2022-01-01T00", zone: "CISO", y: "222.296" },
      { time: "2022-01-01T01", zone: "CISO", y: "260.918" },
      { time: "2022-01-01T02", zone: "CISO", y: "271.891" },
    ]);
  });

  it("are asked for where the file is not there or has no grids", () => {
    const out = join(folder, "no.csv");
    expect(() => convert("carbon-forecast", out, "--hours", join(folder, "absent.csv"))).toThrow(/README\.md/);
    const other = written("other.csv", ["utc,price", "2022-01-01T00,1"]);
    expect(() => convert("carbon-forecast", out, "--hours", other)).toThrow(/no column like erco_ci/);
    expect(existsSync(out)).toBe(false);
  });

  it.skipIf(!existsSync(HOURS))("are a year of six grids", () => {
    const made = convert("carbon-forecast", join(folder, "year.csv"), "--hours", HOURS);
    expect(made).toContain("8757 hours of CISO");
    expect(made.match(/hours of/g)).toHaveLength(6);
  });
});

/** Digits of one ink throughout: `label` counts up. */
function digits(count: number, side: number, ink: number): readonly string[] {
  const names = Array.from({ length: side * side }, (_, k) => `p${k}`);
  const pixels = names.map(() => ink).join(",");
  return [`label,${names.join(",")}`, ...Array.from({ length: count }, (_, i) => `${i % 10},${pixels}`)];
}

describe("the images of digits", () => {
  it("are parted as the README says, and those of USPS are shrunk onto black", () => {
    const [mnist, usps] = [written("m.csv", digits(5000, 14, 7)), written("u.csv", digits(902, 16, 100))];
    const out = join(folder, "digits.csv");
    expect(convert("digits", out, "--mnist", mnist, "--usps", usps)).toContain("5000 digits of MNIST, 902 of USPS");
    const rows = rowsOf(out);
    const counts = new Map<string, number>();
    for (const { source } of rows) counts.set(source!, (counts.get(source!) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      mnist_train: 4096,
      mnist_validation: 900,
      mnist: 4,
      usps_validation: 900,
      usps: 2,
    });
    const last = rows.at(-1)!;
    expect(last["label"]).toBe("1");
    // The 10 × 10 pixels in the middle of 14 × 14 have the ink, the two around them none.
    for (let k = 0; k < 14 * 14; k++) {
      const inside = [Math.floor(k / 14), k % 14].every((at) => at >= 2 && at < 12);
      expect(last[`p${k}`]).toBe(inside ? "100" : "0");
    }
  });

  it("are asked for where a file has others", () => {
    const out = join(folder, "none.csv");
    const usps = written("usps.csv", digits(902, 16, 1));
    expect(() => convert("digits", out, "--mnist", join(folder, "absent.csv"), "--usps", usps)).toThrow(/README\.md/);
    expect(() => convert("digits", out, "--mnist", usps, "--usps", usps)).toThrow(/more pixels.*14 × 14/);
    const few = written("few.csv", digits(10, 14, 1));
    expect(() => convert("digits", out, "--mnist", few, "--usps", few)).toThrow(/no column of numbers p196/);
    expect(() => convert("digits", out, "--mnist", few, "--usps", usps)).toThrow(/leave none to test on/);
    expect(existsSync(out)).toBe(false);
  });

  it.skipIf(![MNIST, USPS].every(existsSync))("are 10,000 of MNIST and 7,291 of USPS", { timeout: 60_000 }, () => {
    const made = convert("digits", join(folder, "all.csv"), "--mnist", MNIST, "--usps", USPS);
    expect(made).toContain("10000 digits of MNIST, 7291 of USPS");
  });
});
