import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import type { FieldSpec } from "../../runtime/spec.ts";
import type { ForecastData } from "../../runtime/predict/forecast-data.ts";
import { loadForecast } from "../../runtime/predict/load.ts";
import type { ForecastDataSpec, PredictorDecisionSpec } from "../../runtime/predict/spec.ts";

const root = mkdtempSync(join(tmpdir(), "droc-windows-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = "model.dro:1:1";
const index: FieldSpec = { role: "index", name: "time", type: "datetime", size: 1, columns: null, transforms: [], at };
const series: FieldSpec = { role: "outcome", name: "y", type: "real", size: 1, columns: null, transforms: [], at };

function specOf(split: ForecastDataSpec["split"], more: Partial<ForecastDataSpec> = {}): ForecastDataSpec {
  return {
    name: "series",
    source: { kind: "csv", path: "series.csv", at },
    fields: [index],
    windows: [{ field: series, length: 3, horizon: { name: "horizon", size: 1 } }],
    split,
    ...more,
  };
}

const predictor: PredictorDecisionSpec = {
  name: "f",
  inputs: [{ name: "y", shape: [3] }],
  target: { name: "horizon", size: 1 },
  network: { kind: "linear" },
  at,
};

const byZone = (train: readonly string[], more: object = {}): ForecastDataSpec["split"] => ({
  kind: "by",
  column: "zone",
  train: { kind: "values", values: train },
  test: { kind: "each" },
  at,
  ...more,
});

function load(csv: string, spec: ForecastDataSpec, decision = predictor): Promise<ForecastData> {
  writeFileSync(join(root, "series.csv"), csv);
  return loadForecast(spec, decision, { root, allow: [], seed: 1, replicate: 0 });
}

/** Rows of an hourly series from an hour of 1 January on. */
function hours(zone: string, values: readonly number[], from = 0): string {
  return values
    .map(
      (value, i) =>
        `2024-01-0${1 + Math.floor((from + i) / 24)}T${String((from + i) % 24).padStart(2, "0")},${zone},${value}\n`,
    )
    .join("");
}

const header = "time,zone,y\n";
const rowsOf = ({ inputs, targets, rows }: ForecastData["train"]): number[][] =>
  Array.from({ length: rows }, (_, i) => [...inputs.subarray(3 * i, 3 * i + 3), targets[i]!]);

async function failing(work: Promise<unknown>): Promise<RuntimeError> {
  const error: unknown = await work.then(
    () => null,
    (found: unknown) => found,
  );
  if (!(error instanceof RuntimeError)) throw new Error(`no RuntimeError: ${String(error)}`);
  return error;
}

const months = (zone: string): string => [1, 2, 3, 4, 5].map((m) => `2024-0${m}-01T00,${zone},${m}\n`).join("");

describe("windows and what follows", () => {
  it("are consecutive rows of one zone", async () => {
    const data = await load(header + hours("A", [1, 2, 3, 4, 5]) + hours("B", [10, 20, 30, 40]), specOf(byZone(["A"])));
    expect(rowsOf(data.train)).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4, 5],
    ]);
    expect(rowsOf(data.test)).toEqual([[10, 20, 30, 40]]);
    expect(data.test.groupNames).toEqual(["B"]);
    expect(data.labels).toEqual(["2024-01-01T03:00:00"]);
    expect(data.gaps).toBeNull();
  });

  it("do not depend on how the zones are interleaved", async () => {
    const a = hours("A", [1, 2, 3, 4, 5]).trimEnd().split("\n");
    const b = hours("B", [10, 20, 30, 40, 50]).trimEnd().split("\n");
    const mixed = a.flatMap((line, i) => [line, b[i]!]).join("\n");
    const spec = specOf(byZone(["A"]));
    const one = await load(`${header}${mixed}\n`, spec);
    const other = await load(`${header}${[...a, ...b].join("\n")}\n`, spec);
    expect(rowsOf(one.train)).toEqual(rowsOf(other.train));
    expect(rowsOf(one.test)).toEqual(rowsOf(other.test));
  });

  it("do not reach across a gap of the index", async () => {
    const csv = header + hours("A", [1, 2, 3, 4]) + hours("A", [9, 8, 7, 6], 6) + hours("B", [1, 1, 1, 1]);
    const data = await load(csv, specOf(byZone(["A"])));
    expect(rowsOf(data.train)).toEqual([
      [1, 2, 3, 4],
      [9, 8, 7, 6],
    ]);
    expect(data.gaps?.count).toBe(1);
    expect(data.gaps?.first.line).toBe("series.csv:6");
  });

  it("take months of the calendar for neighbours", async () => {
    const data = await load(header + months("A") + months("B"), specOf(byZone(["A"])));
    expect(rowsOf(data.train)).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4, 5],
    ]);
  });

  it("stay within a part of a chronological split", async () => {
    const split = { kind: "chronological", train: 0.5, validation: 0, test: 0.5, at } as const;
    const data = await load(header + hours("A", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), specOf(split));
    expect(rowsOf(data.train)).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4, 5],
    ]);
    // 3 to 8 would have shown the training rows' future.
    expect(rowsOf(data.test)).toEqual([
      [6, 7, 8, 9],
      [7, 8, 9, 10],
    ]);
  });

  it("have transforms that are fitted on the training rows", async () => {
    const scaled = { ...series, transforms: ["minmax"] as const };
    const spec = specOf(byZone(["A"]), {
      windows: [{ field: scaled, length: 3, horizon: { name: "horizon", size: 1 } }],
    });
    const data = await load(header + hours("A", [0, 5, 10, 5]) + hours("B", [100, 100, 100, 100]), spec);
    expect(rowsOf(data.train)).toEqual([[0, 0.5, 1, 0.5]]);
    expect(rowsOf(data.test)).toEqual([[10, 10, 10, 10]]);
    expect(Array.from(data.transforms.targets.scale)).toEqual([10]);
  });

  it("stand beside the contexts of their last row, whose lags stay in the zone", async () => {
    const lagged: FieldSpec = {
      role: "context",
      name: "before",
      type: "real",
      size: 1,
      columns: { kind: "lag", source: { kind: "column", name: "y" }, steps: [3] },
      transforms: [],
      at,
    };
    const spec = specOf(byZone(["A"]), { fields: [index, lagged] });
    const decision = { ...predictor, inputs: [...predictor.inputs, { name: "before", shape: [] }] };
    const data = await load(header + hours("A", [1, 2, 3, 4, 5]) + hours("B", [6, 7, 8, 9, 10]), spec, decision);
    // The first window of each zone ends in a row whose third one before is not there.
    expect(Array.from(data.train.inputs)).toEqual([2, 3, 4, 1]);
    expect(Array.from(data.test.inputs)).toEqual([7, 8, 9, 6]);
  });
});

const fields = (classes: number): readonly FieldSpec[] => [
  { role: "context", name: "x", type: "real", size: 1, columns: null, transforms: [], at },
  {
    role: "outcome",
    name: "label",
    type: "real",
    size: classes,
    columns: { kind: "one_hot", source: { kind: "column", name: "label" }, classes },
    transforms: [],
    at: "model.dro:9:9",
  },
];

const classifier = (classes: number): PredictorDecisionSpec => ({
  ...predictor,
  inputs: [{ name: "x", shape: [] }],
  target: { name: "label", size: classes },
});

const spec = (classes: number, train: readonly string[]): ForecastDataSpec =>
  specOf(byZone(train), { fields: fields(classes), windows: [] });

describe("one_hot classes", () => {
  const csv = "zone,x,label\nA,1,0\nA,2,1\nB,3,1\nB,4,2\n";

  it("are one column each", async () => {
    const data = await load("zone,x,label\nA,1,0\nA,2,1\nB,3,1\n", spec(2, ["A"]), classifier(2));
    expect(Array.from(data.train.targets)).toEqual([1, 0, 0, 1]);
    expect(Array.from(data.test.targets)).toEqual([0, 1]);
  });

  it("must be trained on where they are tested on", async () => {
    const error = await failing(load(csv, spec(3, ["A"]), classifier(3)));
    expect(error.code).toBe("data-class-missing");
    expect(error.args).toMatchObject({ part: "test", count: 1 });
  });

  it("must be among those declared", async () => {
    const error = await failing(load(csv, spec(2, ["A"]), classifier(2)));
    expect([error.code, error.place]).toEqual(["data-class-unknown", "model.dro:9:9"]);
  });
});

describe("what is wrong with a series", () => {
  const csv = header + hours("A", [1, 2, 3, 4]) + hours("BANC", [1, 2, 3, 4]);

  it("is a zone that the data lack", async () => {
    const error = await failing(load(csv, specOf(byZone(["BANK"]))));
    expect(error.code).toBe("data-zone-missing");
    expect(error.message).toContain('Did you mean "BANC"?');
  });

  it("is a window longer than every stretch, with the gap that is to blame", async () => {
    const gappy = header + hours("A", [1, 2, 3]) + hours("A", [1, 2, 3], 5) + hours("B", [1, 2, 3, 4]);
    const error = await failing(load(gappy, specOf(byZone(["A"]))));
    expect(error.code).toBe("data-window-long");
    expect(error.args).toMatchObject({ part: "train", length: 3, horizon: 1, found: 3 });
    expect(error.why).toContain("2024-01-01T02:00:00 and 2024-01-01T05:00:00 (series.csv:5)");
  });

  it("is an index that goes back within a zone", async () => {
    const error = await failing(load(header + hours("A", [1, 2], 5) + hours("A", [3, 4]), specOf(byZone(["A"]))));
    expect(error.code).toBe("data-index-order");
  });

  it("is a zone in two parts", async () => {
    const split = byZone(["A"], { validation: { kind: "first", count: 1 } });
    expect((await failing(load(csv, specOf(split)))).code).toBe("data-zone-shared");
  });
});
