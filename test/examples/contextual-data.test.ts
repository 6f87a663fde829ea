import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { convert, EXAMPLES, rowsOf, SHARED } from "./convert.ts";

const HOURS = join(SHARED, "bike_sharing_hourly.csv");
const PRICES = join(SHARED, "us_stocks20_daily.csv.gz");
const MARKET = join(SHARED, "market_vix_wti_daily.csv");
const folder = mkdtempSync(join(tmpdir(), "droc-contextual-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the days of bike-newsvendor", () => {
  it.skipIf(!existsSync(HOURS))("are sums of the archive's hours, whichever way its day is named", () => {
    const hours = rowsOf(HOURS);
    const out = join(folder, "days.csv");
    expect(convert("bike-newsvendor", out, "--hours", HOURS)).toContain("724 days");
    const days = rowsOf(out);
    const { date, rides, week, demand } = days[200]!;
    const own = hours.filter((hour) => hour["date"] === date);
    expect(Number(rides)).toBe(own.reduce((sum, hour) => sum + Number(hour["cnt"]), 0));
    const before = days.slice(193, 200).reduce((sum, day) => sum + Number(day["rides"]) / 7, 0);
    expect(Number(week)).toBeCloseTo(before, 2);
    expect(Number(demand)).toBeCloseTo(Number(rides) / before, 5);
    const renamed = join(folder, "hour.csv");
    writeFileSync(renamed, readFileSync(HOURS, "utf8").replace("date,", "dteday,"));
    const again = join(folder, "again.csv");
    convert("bike-newsvendor", again, "--hours", renamed);
    expect(readFileSync(again, "utf8")).toBe(readFileSync(out, "utf8"));
  });

  it("are asked for where the archive is not given", () => {
    expect(() => convert("bike-newsvendor", join(folder, "none.csv"), "--hours", join(folder, "absent.csv"))).toThrow(
      /README\.md/,
    );
  });
});

describe("the days of stock-portfolio", () => {
  it.skipIf(!existsSync(PRICES))("have returns of the day and indicators of the day before", () => {
    const out = join(folder, "stocks.csv");
    const from = ["--from", "2020-01-02"];
    expect(convert("stock-portfolio", out, "--prices", PRICES, "--market", MARKET, ...from)).toContain("20 assets");
    const days = rowsOf(out);
    const market = rowsOf(MARKET);
    const at = days.findIndex(({ date }) => date === "2020-04-21");
    const before = market.findLast(({ date }) => date! < "2020-04-21")!;
    expect(days[at]!["f_vix"]).toBe(before["vix"]);
    // The day on which oil cost less than nothing.
    expect(before["date"]).toBe("2020-04-20");
    expect(Number(days[at]!["f_wti"])).toBeLessThan(0);
    const names = Object.keys(days[0]!).filter((name) => name.startsWith("r_"));
    const average = names.reduce((sum, name) => sum + Number(days[at - 1]![name]), 0) / names.length;
    expect(Number(days[at]!["f_market"])).toBeCloseTo(average, 12);
    expect(days.every((day) => Object.values(day).every((cell) => cell !== ""))).toBe(true);
  });
});

describe("examples on real contexts", () => {
  it.skipIf(!existsSync(HOURS))("run through the data of their README", { timeout: 120_000 }, async () => {
    const { compile, isRunnable } = await import("../../compiler/compile.ts");
    const { buildModel } = await import("../../compiler/build.ts");
    const { runPipeline } = await import("../../runtime/index.ts");
    const own = join(folder, "bike");
    cpSync(join(EXAMPLES, "bike-newsvendor/model.dro"), join(own, "model.dro"), { recursive: true });
    convert("bike-newsvendor", join(own, "data/days.csv"), "--hours", HOURS);
    const file = join(own, "model.dro");
    // As it is written, with fewer methods, scenarios and radii.
    const text = readFileSync(file, "utf8")
      .replace(/compare [\s\S]*?\n\n/, "compare saa\n\n")
      .replace("scenarios: 100", "scenarios: 20")
      .replace(/one_of\(.*?\) by holdout/, "0.05");
    writeFileSync(file, text);
    const { diagnostics, models } = compile({ file });
    expect(diagnostics).toEqual([]);
    const { js } = await buildModel(models.filter(isRunnable)[0]!, {
      specFolder: own,
      outFolder: join(own, "generated"),
    });
    writeFileSync(
      js,
      readFileSync(js, "utf8").replaceAll("droc/runtime", join(import.meta.dirname, "../../runtime/index.ts")),
    );
    const { pipeline } = await import(js);
    const result = await runPipeline(pipeline, { runFolder: join(own, "run"), quick: true });
    expect(result.methods.map(({ id }: { id: string }) => id)).toEqual(["gmm_robust", "gmm", "saa"]);
    for (const { values } of result.methods)
      expect(values.every(({ mean }: { mean: number | null }) => mean !== null && Number.isFinite(mean))).toBe(true);
  });
});
