import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, describe, it, expect } from "vitest";
import { randomStream } from "../../runtime/tensor/random.ts";
import { columns, field, fileSpec, load, put, scratchFolder } from "./support.ts";

const SCRIPT = join(import.meta.dirname, "../../examples/industry-portfolio/convert.mjs");
const SHARED = join(import.meta.dirname, "../../../shared/data");
const folder = scratchFolder();
afterAll(() => folder.remove());

const INDUSTRIES = ["NoDur", "Durbl", "Manuf", "Enrgy", "HiTec", "Telcm", "Shops", "Hlth", "Utils", "Other"];
const FACTORS = ["Mkt-RF", "SMB", "HML", "RMW", "CMA", "RF"];

interface Day {
  readonly day: string;
  readonly values: readonly number[];
}

/** Days of two-decimal percents, as the library prints them. */
function days(count: number, width: number, name: string): Day[] {
  const noise = new Float64Array(count * width);
  randomStream(1, name).normal(noise);
  return Array.from({ length: count }, (_, i) => ({
    day: new Date(Date.UTC(2001, 0, 1 + i)).toISOString().slice(0, 10),
    values: Array.from({ length: width }, (_, j) => Number(noise[i * width + j]!.toFixed(2))),
  }));
}
const compact = (rows: readonly Day[]): string =>
  rows
    .map(({ day, values }) => `${day.replaceAll("-", "")},${values.map((v) => v.toFixed(2).padStart(8)).join(",")}`)
    .join("\r\n");
const plain = (names: readonly string[], rows: readonly Day[]): string =>
  `date,${names.join(",")}\n${rows.map(({ day, values }) => `${day},${values.join(",")}`).join("\n")}\n`;

async function convert(...options: string[]): Promise<{ code: number; out: string; error: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT, ...options]);
    return { code: 0, out: stdout, error: stderr };
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || !("stderr" in error)) throw error;
    return { code: Number(error.code), out: "", error: String(error.stderr) };
  }
}
const path = (name: string): string => join(folder.path, name);
const inputs = (industries: string, factors: string): string[] => [
  "--industries",
  path(industries),
  "--factors",
  path(factors),
];

const industries = days(270, 10, "industries");
const factors = days(275, 6, "factors").slice(2);
put(
  folder.path,
  "10_Industry_Portfolios_Daily.csv",
  `This file was created by CMPT_IND_RETS_DAILY\r\nMissing data are indicated by -99.99 or -999.\r\n\r\n\r\n` +
    `  Average Value Weighted Returns -- Daily\r\n,${INDUSTRIES.join(",")}\r\n${compact(industries)}\r\n\r\n` +
    `  Average Equal Weighted Returns -- Daily\r\n,${INDUSTRIES.join(",")}\r\n${compact(days(270, 10, "equal"))}\r\n`,
);
put(
  folder.path,
  "F-F_Research_Data_5_Factors_2x3_daily.csv",
  `This file was created using the CRSP database\r\n\r\n,${FACTORS.join(",")}\r\n${compact(factors)}\r\n\r\n Copyright Fama and French\r\n`,
);
put(folder.path, "industries.csv.gz", gzipSync(plain(INDUSTRIES, industries)));
put(folder.path, "factors.csv", plain(["mkt_rf", "smb", "hml", "rmw", "cma", "rf"], factors));

const sd = (values: number[]): number => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
};
const back = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("the converter of the industry example", () => {
  it("makes the same table of the library's files and of plain ones", async () => {
    const a = await convert(
      ...inputs("10_Industry_Portfolios_Daily.csv", "F-F_Research_Data_5_Factors_2x3_daily.csv"),
      "--out",
      path("a/b.csv"),
    );
    const b = await convert(...inputs("industries.csv.gz", "factors.csv"), "--out", path("b.csv"));
    expect([a.code, b.code, a.error, b.error]).toEqual([0, 0, "", ""]);
    expect(readFileSync(path("a/b.csv"), "utf8")).toBe(readFileSync(path("b.csv"), "utf8"));
    // 270 and 273 days share 268, of which 250 feed the longest window.
    expect(b.out).toContain("18 days from 2001-09-10 to 2001-09-27, 99 features, 10 returns");
  });

  it("gives returns of the day as fractions and 99 features of days before it", async () => {
    await convert(...inputs("industries.csv.gz", "factors.csv"), "--out", path("b.csv"));
    const [header, ...lines] = readFileSync(path("b.csv"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const names = header!;
    expect(names.filter((name) => name.startsWith("f_"))).toHaveLength(99);
    expect(names.slice(-10)).toEqual(INDUSTRIES.map((name) => `r_${name}`));
    const cells = lines[3]!;
    const value = (name: string): number => Number(cells[names.indexOf(name)]);
    const at = industries.findIndex(({ day }) => day === cells[0]);
    const industry = (name: string, back: number) => industries[at - back]!.values[INDUSTRIES.indexOf(name)]! / 100;
    const market = (back: number) => factors[at - 2 - back]!.values[0]! / 100;
    expect(value("r_Hlth")).toBe(industry("Hlth", 0));
    expect(value("f_Hlth_lag1")).toBe(industry("Hlth", 1));
    expect(value("f_Hlth_lag5")).toBe(industry("Hlth", 5));
    expect(value("f_mkt_rf_lag2")).toBe(market(2));
    expect(value("f_rf_lag3")).toBe(factors[at - 2 - 3]!.values[5]! / 100);
    expect(value("f_Utils_vol20")).toBeCloseTo(sd(back(20).map((k) => industry("Utils", k))), 7);
    expect(value("f_mkt_rf_vol250")).toBeCloseTo(sd(back(250).map(market)), 7);
  });

  it("loads as a data block", async () => {
    await convert(...inputs("industries.csv.gz", "factors.csv"), "--out", path("b.csv"));
    const data = await load(
      folder.path,
      fileSpec("b.csv", [
        field("index", "date", { type: "date" }),
        field("context", "x", { columns: columns("f_*"), size: 99, transforms: ["standardize"] }),
        field("outcome", "s", { columns: columns("r_*"), size: 10 }),
      ]),
    );
    expect([data.rows, data.notes]).toEqual([18, []]);
  });

  it.each([
    [
      "a day missing from one file",
      plain(
        INDUSTRIES,
        industries.filter((_, i) => i !== 100),
      ),
      "2001-04-11 is in only one of",
    ],
    [
      "a missing value",
      plain(
        INDUSTRIES,
        industries.map((d, i) => (i === 60 ? { ...d, values: [-99.99, ...d.values.slice(1)] } : d)),
      ),
      "bad.csv:62: a value of 2001-03-02 is missing",
    ],
    ["a word", plain(INDUSTRIES, industries).replace("2001-02-01,", "2001-02-01,x"), "bad.csv:33: `x"],
    ["another column", plain(["Food", ...INDUSTRIES.slice(1)], industries), "bad.csv:1: no column NoDur"],
    ["a row cut off", plain(INDUSTRIES, industries).slice(0, 4000), "Is the file cut off?"],
    ["no table", "Copyright\n", "no header line"],
    [
      "dates that go back",
      plain(INDUSTRIES, [industries[1]!, industries[0]!]),
      "bad.csv:3: 2001-01-01 comes after 2001-01-02",
    ],
    [
      "equal weights first",
      `  Average Equal Weighted Returns\n,${INDUSTRIES.join(",")}\n${compact(industries)}`,
      "equally weighted",
    ],
  ])("refuses %s and says where", async (_, text, expected) => {
    put(folder.path, "bad.csv", text);
    const { code, error } = await convert(...inputs("bad.csv", "factors.csv"), "--out", path("never.csv"));
    expect(error).toContain(expected);
    expect(code).toBe(1);
    expect(existsSync(path("never.csv"))).toBe(false);
  });

  it("explains itself", async () => {
    expect((await convert()).code).toBe(2);
    expect((await convert("--nonsense")).error).toContain("Usage:");
    expect((await convert("--help")).out).toContain("Example:");
    expect((await convert(...inputs("absent.csv", "factors.csv"))).error).toContain("absent.csv");
  });

  it.skipIf(!existsSync(SHARED))("converts the real files (skipped where ../shared/data is absent)", async () => {
    const real = [
      "--industries",
      join(SHARED, "ff_industry10_daily.csv.gz"),
      "--factors",
      join(SHARED, "ff5_factors_daily.csv"),
    ];
    const { code, out } = await convert(...real, "--out", path("real.csv"));
    expect(code).toBe(0);
    expect(out).toContain("15312 days from 1964-06-29 to 2025-04-30, 99 features");
  });
});
