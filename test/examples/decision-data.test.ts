import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { convert, EXAMPLES, rowsOf, SHARED } from "./convert.ts";

const PRICES = join(SHARED, "pjm_price_hourly.csv.gz");
const ADMISSIONS = join(SHARED, "nyc_covid_hosp_daily.csv");
const folder = mkdtempSync(join(tmpdir(), "droc-decision-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Hours of three days, one of which lacks its last. */
function hours(): string {
  const lines = ["datetime,da_price,load_forecast,temp_dca"];
  for (const [day, count] of [
    ["2011-01-07", 24],
    ["2011-01-08", 24],
    ["2011-01-09", 23],
  ] as const) {
    for (let hour = 0; hour < count; hour++) {
      const at = String(hour).padStart(2, "0");
      lines.push(`${day} ${at}:00:00,${day.slice(-1)}${at}.5,${90_000 + hour},30`);
    }
  }
  return `${lines.join("\n")}\n`;
}

describe("the days of energy-scheduling", () => {
  it("know the evening before, and leave out days with missing hours", () => {
    const source = join(folder, "hours.csv");
    writeFileSync(source, hours());
    const out = join(folder, "days.csv");
    expect(convert("energy-scheduling", out, "--hours", source)).toContain("1 days");
    const [day] = rowsOf(out);
    expect(day).toMatchObject({
      date: "2011-01-08",
      weekend: "1",
      price_13: "813.5",
      past_13: "713.5",
      load_13: "90.013",
    });
  });

  it("are asked for where there are none", () => {
    expect(() => convert("energy-scheduling", join(folder, "no.csv"), "--hours", join(folder, "absent.csv"))).toThrow(
      /README\.md/,
    );
  });
});

/** Admissions of four weeks as the city writes them: a number a day, 10 to 37. */
function admissions(): string {
  const lines = ["date_of_interest,CASE_COUNT,HOSPITALIZED_COUNT"];
  for (let day = 1; day <= 28; day++) lines.push(`02/${String(day).padStart(2, "0")}/2021,${100 + day},${9 + day}`);
  return `${lines.join("\n")}\n`;
}

describe("the days of hospital-beds", () => {
  it("are measured by the week before, and look a week ahead", () => {
    const source = join(folder, "city.csv");
    writeFileSync(source, admissions());
    const out = join(folder, "beds.csv");
    expect(convert("hospital-beds", out, "--days", source)).toContain("8 days");
    const days = rowsOf(out);
    const first = days[0]!;
    // 14 February: 23 admissions; the mean of 17 to 23 is 20.
    expect([first["date"], Number(first["week"])]).toEqual(["2021-02-14", 20]);
    expect(Number(first["past_1"])).toBeCloseTo(23 / 20, 6);
    expect(Number(first["past_7"])).toBeCloseTo(17 / 20, 6);
    expect(Number(first["next_1"])).toBeCloseTo(24 / 20, 6);
    expect(Number(first["next_7"])).toBeCloseTo(30 / 20, 6);
    expect(Number(first["trend"])).toBeCloseTo(Math.log(20 / 13), 5);
    expect(first["weekday_7"]).toBe("1");
  });
});

async function rehearse(example: string, change: (text: string) => string): Promise<readonly string[]> {
  const { compile, isRunnable } = await import("../../compiler/compile.ts");
  const { buildModel } = await import("../../compiler/build.ts");
  const { runPipeline } = await import("../../runtime/index.ts");
  const own = join(folder, example);
  const file = join(own, "model.dro");
  cpSync(join(EXAMPLES, example, "model.dro"), file, { recursive: true });
  writeFileSync(file, change(readFileSync(file, "utf8")));
  const { diagnostics, models } = compile({ file });
  expect(diagnostics).toEqual([]);
  const { js } = await buildModel(models.filter(isRunnable)[0]!, {
    specFolder: own,
    outFolder: join(own, "generated"),
  });
  const runtime = join(import.meta.dirname, "../../runtime/index.ts");
  writeFileSync(js, readFileSync(js, "utf8").replaceAll("droc/runtime", runtime));
  const { pipeline } = await import(js);
  const result = await runPipeline(pipeline, { runFolder: join(own, "run"), quick: true });
  for (const { values } of result.methods)
    expect(values.every(({ mean }: { mean: number | null }) => mean !== null && Number.isFinite(mean))).toBe(true);
  return result.methods.map(({ id }: { id: string }) => id);
}

/** As it is written, with one seed and fewer rivals. */
const shorter = (rivals: string) => (text: string) =>
  text
    .replace(/compare [^\n]*/, `compare ${rivals}`)
    .replace(/seeds: \d/, "seeds: 1")
    .replace(/train gen_dfl \{[\s\S]*?\n\}\n\n/, "")
    .replace(/samples: +\d+/, "samples: 8");

describe("examples on real days", () => {
  it.skipIf(!existsSync(PRICES))("schedule energy on the data of their README", { timeout: 120_000 }, async () => {
    convert("energy-scheduling", join(folder, "energy-scheduling/data/days.csv"), "--hours", PRICES);
    const ids = await rehearse("energy-scheduling", shorter("two_stage, saa"));
    expect(ids).toEqual(["normalizing_flow", "two_stage", "saa"]);
  });

  it.skipIf(!existsSync(ADMISSIONS))("keep beds on the data of their README", { timeout: 120_000 }, async () => {
    const made = convert("hospital-beds", join(folder, "hospital-beds/data/days.csv"), "--days", ADMISSIONS);
    expect(made).toContain("2011 days");
    const ids = await rehearse("hospital-beds", shorter("two_stage, saa"));
    expect(ids).toEqual(["normalizing_flow", "two_stage", "saa"]);
  });
});
