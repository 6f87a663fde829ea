import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { likelihoodOf } from "../../compiler/analyse/likelihood.ts";
import { contextStream } from "../../runtime/data/context-source.ts";
import { literal, openConfined } from "../../runtime/data/duckdb.ts";
import type { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import { createPredictor, runPipeline } from "../../runtime/pipeline.ts";
import { predictFile, type PredictFileOptions, type PredictSummary } from "../../runtime/predict/predict-file.ts";
import type { ForecastPipeline } from "../../runtime/predict/spec.ts";
import { forecastModel, forecastPipeline } from "./pipelines.ts";
import { rowsOf } from "./support.ts";

const root = mkdtempSync(join(tmpdir(), "droc-new-rows-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const TOWNS = ["north", "east", "south"];
/** `hour,town,y,temp` of three towns, 30 hours each. */
const LINES = TOWNS.flatMap((town, k) => {
  const { targets } = rowsOf(30, 1, (_, noise) => [noise], 5 + k);
  return Array.from(targets, (noise, t) => `${t + 1},${town},${Math.sin(t / 3) + k + 0.1 * noise},${10 + (t % 5)}`);
});
const HEADER = "hour,town,y,temp";
const of = (town: string): string[] => LINES.filter((line) => line.includes(`,${town},`));
const file = (lines: readonly string[], header = HEADER): string => `${header}\n${lines.join("\n")}\n`;

const SERIES = `model Load

data load = csv("load.csv") {
  index hour: int
  window y: real[4] -> next: real[2] = column("y") |> minmax
  context temp: real[2] = lag(column("temp"), 1..2)
  split by town { train: ["north"], test: each }
}

decision f: predictor(y, temp -> next) = lstm { layers: [4] }

loss error(f; y, temp, next) = mean(square(f(y, temp) - next))

risk mean(error)

train ml { steps: 20, batch: 16 }

compare ml { steps: 5 }

evaluate on test { mse, seeds: 2 }
`;

const CLASSES = `model Classes

data rows = csv("classes.csv") {
  context x: real[2] = columns("x?")
  context kind: real[3] = one_hot(column("kind"), 3)
  outcome class: real[3] = one_hot(column("label"), 3)
  split random { train: 60%, validation: 20%, test: 20% }
}

decision f: predictor(x, kind -> class) = linear

loss nll(f; x, kind, class) = log_sum_exp(f(x, kind)) - dot(f(x, kind), class)

risk mean(nll)

train ml { steps: 100, batch: 16, optimizer: adam { rate: 0.05 } }

evaluate on test { accuracy, seeds: 1 }
`;

interface Predicted {
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly summary: PredictSummary | null;
  readonly error: RuntimeError | null;
  readonly warnings: readonly string[];
}

/** Predicts at a CSV that comes in small pieces; what was written before an error is there too. */
async function predicted(
  pipeline: ForecastPipeline,
  folder: string,
  csv: string,
  options: Partial<PredictFileOptions> = {},
): Promise<Predicted> {
  const pieces = async function* () {
    for (let from = 0; from < csv.length; from += 97) yield Buffer.from(csv.slice(from, from + 97));
  };
  const to = new PassThrough();
  const written = textOf(to);
  const warnings: string[] = [];
  const work = predictFile(pipeline, folder, {
    source: contextStream("new.csv", pieces()),
    to,
    format: "csv",
    onError: "stop",
    onWarning: ({ code }) => warnings.push(code),
    ...options,
  });
  const ended = await work.then(
    (summary) => ({ summary, error: null }),
    (error: RuntimeError) => ({ summary: null, error }),
  );
  to.end();
  const [header = "", ...lines] = (await written).trim().split("\n");
  const names = header.split(",");
  const rows = lines.map((line) => Object.fromEntries(line.split(",").map((cell, j) => [names[j]!, cell])));
  return { ...ended, rows, warnings };
}

describe("predictions for new series", () => {
  const run = join(root, "series");
  let pipeline: ForecastPipeline;
  beforeAll(async () => {
    writeFileSync(join(root, "load.csv"), file(LINES));
    pipeline = forecastPipeline(SERIES, root);
    await runPipeline(pipeline, { runFolder: run });
  }, 60_000);

  it("are those of the run at its own rows: one for every row with a full window and its lags", async () => {
    const { rows, summary, warnings } = await predicted(pipeline, run, file(LINES));
    expect(warnings).toEqual([]);
    expect(summary).toEqual({ method: "ml", seed: 0, rows: 81, predicted: 81, errors: 0, past: 9 });
    expect(Object.keys(rows[0]!)).toEqual(["row", "hour", "town", "next[1]", "next[2]", "status"]);
    expect(rows[0]).toMatchObject({ row: "4", hour: "4", town: "north", status: "predicted" });
    // Those of the run are in the modelled units: the transform was fitted on the training rows.
    const path = join(run, "predictions.parquet");
    const database = await openConfined([path]);
    const stored = await database.rows(
      `SELECT "set", "index", "predicted next[1]", "predicted next[2]" FROM read_parquet(${literal(path)}) WHERE method = 'ml'`,
    );
    database.close();
    const values = of("north").map((line) => Number(line.split(",")[2]));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    expect(stored).toHaveLength(50);
    for (const [set, index, ...both] of stored) {
      // The run names the first hour that is predicted, the file's row the last that is known.
      const own = rows.find(({ town, hour }) => town === set && Number(hour) === Number(index) - 1)!;
      both.forEach((value, j) => {
        expect(Number(own[`next[${j + 1}]`])).toBeCloseTo(low + (high - low) * Number(value), 6);
      });
    }
  });

  it("are the same from one series alone, from its last rows, and from another order of columns", async () => {
    const all = (await predicted(pipeline, run, file(LINES))).rows.filter(({ town }) => town === "south");
    const alone = await predicted(
      pipeline,
      run,
      file(
        of("south").map((line) => line.split(",").toReversed().join(",")),
        "temp,y,town,hour",
      ),
    );
    expect(alone.rows.map((row) => row["next[1]"])).toEqual(all.map((row) => row["next[1]"]));
    const untold = file(
      of("south")
        .slice(-4)
        .map((line) => line.replace(",south", "")),
      "hour,y,temp",
    );
    const last = await predicted(pipeline, run, untold);
    expect(last.rows).toHaveLength(1);
    expect(last.rows[0]).toMatchObject({ row: "4", hour: "30", "next[2]": all.at(-1)!["next[2]"] });
  });

  it("are of the method and seed that are asked for", async () => {
    const own = await predicted(pipeline, run, file(of("east")));
    const other = await predicted(pipeline, run, file(of("east")), { seed: 1 });
    const rival = await predicted(pipeline, run, file(of("east")), { method: "ml_2", seed: 1 });
    expect(rival.summary).toMatchObject({ method: "ml_2", seed: 1 });
    expect(new Set([own, other, rival].map(({ rows }) => rows[0]!["next[1]"])).size).toBe(3);
    const wrong = await predicted(pipeline, run, file(of("east")), { method: "mll" });
    expect(wrong.error).toMatchObject({ code: "run-method-unknown", args: { known: "ml, ml_2" } });
    const late = await predicted(pipeline, run, file(of("east")), { seed: 2 });
    expect(late.error).toMatchObject({ code: "run-seed-unknown", args: { last: 1 } });
  });

  it("keep series apart whatever the order of their rows", async () => {
    const mixed = of("east").flatMap((line, t) => [line, of("south")[t]!]);
    const all = (await predicted(pipeline, run, file(LINES))).rows;
    const { rows } = await predicted(pipeline, run, file(mixed));
    expect(rows).toHaveLength(54);
    for (const row of rows)
      expect(row["next[1]"]).toBe(
        all.find(({ town, hour }) => town === row["town"] && hour === row["hour"])!["next[1]"],
      );
  });

  it("do not reach across a gap of the index, and say so", async () => {
    const { rows, summary, warnings } = await predicted(
      pipeline,
      run,
      file(of("east").filter((_, t) => t !== 10 && t !== 11)),
    );
    expect(warnings).toEqual(["series-gap"]);
    expect(rows.map(({ hour }) => Number(hour))).toEqual([
      ...Array.from({ length: 7 }, (_, k) => 4 + k),
      ...Array.from({ length: 15 }, (_, k) => 16 + k),
    ]);
    expect(summary).toMatchObject({ past: 6 });
  });

  it("end at a wrong row with its place, or skip it and every row that would read it", async () => {
    const lines = of("east").map((line, t) => (t === 9 ? line.replace(/,[^,]*,([^,]*)$/, ",NaN,$1") : line));
    const stopped = await predicted(pipeline, run, file(lines));
    expect(stopped.rows).toHaveLength(6);
    expect(stopped.error).toMatchObject({
      code: "data-cell-nan",
      data: { file: "new.csv", line: 11, column: "y" },
    });
    const { rows, summary } = await predicted(pipeline, run, file(lines), { onError: "skip" });
    expect(rows.filter(({ status }) => status === "error").map(({ hour }) => hour)).toEqual(["10", "11", "12", "13"]);
    expect(rows.find(({ hour }) => hour === "13")!["error"]).toContain("new.csv:11");
    expect(summary).toMatchObject({ predicted: 23, errors: 4, past: 3 });
    // A record that cannot be read may have been a row of any series.
    const cut = file([...LINES.slice(0, 5), "6,nor", ...LINES.slice(6, 30)]);
    const short = await predicted(pipeline, run, cut, { onError: "skip" });
    expect(short.rows.slice(2, 7).map(({ status }) => status)).toEqual([
      "error",
      "error",
      "error",
      "error",
      "predicted",
    ]);
  });

  it.each([
    ["a series without a full window", [...of("north"), ...of("east").slice(0, 3)], "series-short", 34],
    ["an hour that stands there twice", of("east").toSpliced(6, 0, of("east")[5]!), "data-index-duplicate", 8],
    ["an hour that goes back", of("east").toSpliced(6, 0, of("east")[2]!), "data-index-order", 8],
    ["an hour that is none", of("east").with(6, "noon,east,1,2"), "data-index-unparsable", 8],
    ["a missing value", of("east").with(6, "7,east,,2"), "data-cell-missing", 8],
  ])("end at %s", async (_, lines, code, line) => {
    const { error } = await predicted(pipeline, run, file(lines));
    expect(error).toMatchObject({ code, data: { file: "new.csv", line } });
    const { rows } = await predicted(pipeline, run, file(lines), { onError: "skip" });
    const [first] = rows.filter(({ status }) => status === "error");
    expect(first!["error"]).toContain(code);
  });

  it.each([
    ["hour,town,temp", "context-columns-missing"],
    ["town,y,temp", "data-column-missing"],
  ])("need the columns and the index: %s", async (header, code) => {
    const { error } = await predicted(pipeline, run, `${header}\n1,2,3\n`);
    expect(error).toMatchObject({ code, data: { file: "new.csv", line: 1 } });
    expect(error!.place).toMatch(/^model\.dro:/);
  });

  it("refuse weights that are not the run's own, and a run that left no names", async () => {
    const weights = join(run, "weights/ml_2-seed-0.safetensors");
    const [bytes, names] = [readFileSync(weights), readFileSync(join(run, "predictor.json"))];
    writeFileSync(weights, bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1));
    const changed = await predicted(pipeline, run, file(of("east")), { method: "ml_2" });
    expect(changed.error).toMatchObject({ code: "artefact-changed" });
    writeFileSync(weights, bytes);
    rmSync(join(run, "predictor.json"));
    expect((await predicted(pipeline, run, file(of("east")))).error).toMatchObject({ code: "run-without-names" });
    writeFileSync(join(run, "predictor.json"), names);
  });

  it("are for an application what they are for the command, one row or many", async () => {
    const { rows } = await predicted(pipeline, run, file(of("east")));
    const series = of("east").map((line) => line.split(",").map(Number));
    const inputs = Array.from({ length: 26 }, (_, i) => {
      const t = i + 3;
      const window = series.slice(t - 3, t + 1).map((cells) => cells[2]!);
      return Float64Array.of(...window, series[t - 1]![3]!, series[t - 2]![3]!);
    });
    const opened = await createPredictor(pipeline, run);
    const one = await opened.predict(inputs[7]!);
    const many: Float64Array[] = [];
    const slowly = async function* () {
      for (const [i, row] of inputs.entries()) {
        if (i % 9 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        yield row;
      }
    };
    for await (const values of opened.many(slowly())) many.push(values);
    expect(many[7]).toEqual(one);
    many.forEach((values, i) => expect(String(values[0])).toBe(rows[i]!["next[1]"]));
    const wrong = opened.many([Float64Array.of(1)])[Symbol.asyncIterator]();
    await expect(wrong.next()).rejects.toMatchObject({ code: "inputs-size" });
    await opened.dispose();
  });
});

describe("predictions of classes", () => {
  const run = join(root, "classes");
  let pipeline: ForecastPipeline;
  beforeAll(async () => {
    const { inputs } = rowsOf(90, 2, () => [0], 3);
    const lines = Array.from({ length: 90 }, (_, i) => {
      const [a, b] = [inputs[2 * i]!, inputs[2 * i + 1]!];
      return `${a},${b},${i % 3},${a > 0.3 ? 0 : b > 0 ? 1 : 2}`;
    });
    writeFileSync(join(root, "classes.csv"), file(lines, "x1,x2,kind,label"));
    pipeline = forecastPipeline(CLASSES, root);
    await runPipeline(pipeline, { runFolder: run });
  }, 60_000);

  it("have the class and the probabilities that the loss makes of the scores", async () => {
    const { rows, summary } = await predicted(pipeline, run, file(["2,0,0", "-2,2,1", "-2,-2,2"], "x1,x2,kind"));
    expect(summary).toMatchObject({ rows: 3, predicted: 3, past: 0 });
    expect(rows.map((row) => row["class"])).toEqual(["0", "1", "2"]);
    const opened = await createPredictor(pipeline, run);
    const scores = await opened.predict(Float64Array.of(-2, 2, 0, 1, 0));
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    scores.forEach((score, c) => {
      expect(Number(rows[1]![`P(label = ${c})`])).toBeCloseTo(Math.exp(score) / total, 12);
    });
    await opened.dispose();
  });

  it("refuse a row so far off that no number comes of it", async () => {
    const { error } = await predicted(pipeline, run, file(["1e39,-1e39,1"], "x1,x2,kind"));
    expect(error).toMatchObject({ code: "prediction-overflow", args: { row: 1 } });
  });

  it("refuse a row of a class that is unknown", async () => {
    const { error } = await predicted(pipeline, run, file(["0,0,1", "0,0,3"], "x1,x2,kind"));
    expect(error).toMatchObject({ code: "data-class-unknown", args: { field: "kind" }, data: { line: 3 } });
  });
});

function likelihood(loss: string, network = "linear", target = "real"): string | null {
  return likelihoodOf(
    forecastModel(`model M
data rows = csv("rows.csv") {
  context x: real[2] = columns("x*")
  outcome y: ${target} = ${target === "real" ? 'column("y")' : 'columns("y*")'}
  split random { train: 60%, validation: 20%, test: 20% }
}
decision f: predictor(x -> y) = ${network}
loss error(f; x, y) = ${loss}
risk mean(error)
train ml
evaluate on test { mean_loss }
`),
  );
}

describe("the likelihood of a loss", () => {
  it.each([
    ["log1p(exp(-y * f(x)))", "sigmoid_of_signs"],
    ["2 * softplus(-y * f(x))", "sigmoid_of_signs"],
    ["softplus(f(x)) - y * f(x)", "sigmoid"],
    ["square(f(x) - y)", null],
    ["max(0, 1 - y * f(x))", null],
    ["softplus(-y * f(x)) + 0.1 * sum_squares(x)", null],
  ])("%s: %s", (loss, expected) => {
    expect(likelihood(loss)).toBe(expected);
  });

  it("of several scores is the cross-entropy's softmax alone, and of a logistic network none", () => {
    expect(likelihood("log_sum_exp(f(x)) - dot(f(x), y)", "linear", "real[3]")).toBe("softmax");
    expect(likelihood("log_sum_exp(f(x)) - 0.9 * dot(f(x), y)", "linear", "real[3]")).toBe(null);
    expect(likelihood("softplus(-y * f(x))", "logistic")).toBe(null);
  });
});
