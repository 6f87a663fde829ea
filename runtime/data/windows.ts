import { RuntimeError, type DataPlace } from "../errors/runtime-error.ts";
import { sizeOf } from "../ir/shape.ts";
import type { ForecastData, IndexGaps } from "../predict/forecast-data.ts";
import type { ForecastDataSpec, PredictorDecisionSpec } from "../predict/spec.ts";
import type { PredictorData, RowLabels } from "../predict/types.ts";
import type { FieldSpec } from "../spec.ts";
import { checkClasses, checkOneHot } from "./classes.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { DataFile } from "./scan-file.ts";
import { segmentsOf, type Gap, type Segment } from "./segments.ts";
import { splitRows } from "./split.ts";
import { assignZones, type SplitPart } from "./split-zones.ts";
import { fitTransforms } from "./transforms.ts";

/** The columns of a file as series, before transforms. */
export interface SeriesTable {
  readonly rows: number;
  /** The value of the split's column in each row; one for all where the split has none. */
  readonly zones: readonly string[];
  /** The group that the data declare of each row. */
  readonly labels: readonly string[] | null;
  /** As results write it. */
  readonly index: readonly string[];
  readonly positions: Float64Array | null;
  /** Positions are seconds. */
  readonly isTime: boolean;
  /** Contexts, outcomes and windows; NaN where a row lacks the past that its lags read. */
  readonly fields: readonly {
    readonly field: FieldSpec;
    readonly names: readonly string[];
    readonly values: readonly Float64Array[];
  }[];
  place(row: number): DataPlace;
}

export interface CutOptions {
  readonly seed: number;
  readonly dataHash: string;
  readonly file: DataFile;
}

type SeriesField = SeriesTable["fields"][number];

/** Rows of one series within one part, without a gap. */
interface Run {
  readonly part: SplitPart;
  readonly zone: string;
  readonly rows: Int32Array;
}

/**
 * Cuts series into rows of a predictor: at each row whose past and future lie in the same stretch, the windows that end
 * there, the contexts of that row, and what follows (or the row's own outcomes where there are no windows). Transforms are
 * fitted on the training rows.
 * @throws RuntimeError `data-window-long`, `data-class-missing`, `data-class-unknown`, and those of the split
 */
export function cutWindows(
  spec: ForecastDataSpec,
  predictor: PredictorDecisionSpec,
  table: SeriesTable,
  options: CutOptions,
): ForecastData {
  const past = Math.max(1, ...spec.windows.map((window) => window.length));
  const future = Math.max(0, ...spec.windows.map((window) => window.horizon.size));
  const parts = partsOf(spec, table, options);
  const { segments, gaps, step } = segmentsOf(table.zones, table.positions, table.isTime);
  const byName = new Map(table.fields.map((field) => [field.field.name, field]));
  const windowed = spec.windows.map((window) => byName.get(window.field.name)!);
  const whole = (row: number): boolean =>
    windowed.every(({ values }) => values.every((column) => !Number.isNaN(column[row]!)));
  const runs = spec.windows.length === 0 ? singleRows(table, parts) : runsOf(segments, parts, whole);
  for (const { field, values } of table.fields) checkOneHot(field, values, table);
  const contexts = table.fields.filter(({ field }) => field.role === "context");
  const known = (row: number): boolean =>
    contexts.every(({ values }) => values.every((column) => !Number.isNaN(column[row]!)));

  const trainRows = Int32Array.from(
    runs.flatMap((run) => (run.part === "train" ? Array.from(run.rows) : [])).filter(known),
  ).sort();
  const modelled = new Map(table.fields.map((one) => [one.field.name, transformed(one, trainRows)]));
  const layout = layoutOf(spec, predictor, modelled);
  const labels = labelsOf(table);
  const cut = (part: SplitPart): { readonly data: PredictorData; readonly labels: readonly string[] } => {
    const own = runs.filter((run) => run.part === part);
    const anchors = own
      .flatMap(({ zone, rows }) =>
        Array.from({ length: Math.max(0, rows.length - past - future + 1) }, (_, i) => ({
          zone,
          rows,
          at: i + past - 1,
        })),
      )
      .filter(({ rows, at }) => known(rows[at]!));
    if (anchors.length === 0 && part !== "validation") throw windowLong(spec, part, own, table, gaps, options);
    const groupNames = [...new Set(anchors.map(({ zone }) => zone))];
    const position = new Map(groupNames.map((zone, k) => [zone, k]));
    const inputs = new Float64Array(anchors.length * layout.inputs.names.length);
    const targets = new Float64Array(anchors.length * layout.targets.names.length);
    anchors.forEach(({ rows, at }, i) => {
      layout.inputs.fill(rows, at, inputs, i * layout.inputs.names.length);
      layout.targets.fill(rows, at, targets, i * layout.targets.names.length);
    });
    return {
      data: {
        rows: anchors.length,
        inputs,
        targets,
        groups: Int32Array.from(anchors, ({ zone }) => position.get(zone)!),
        groupNames: spec.split.kind === "by" ? groupNames : groupNames.map(() => part),
        ...(labels === null
          ? {}
          : { labels: { ...labels, of: Int32Array.from(anchors, ({ rows, at }) => labels.of[rows[at]!]!) } }),
      },
      labels: anchors.map(({ rows, at }) => table.index[rows[at + (future > 0 ? 1 : 0)]!]!),
    };
  };
  const train = cut("train").data;
  const validation = cut("validation").data;
  const test = cut("test");
  checkClasses({ train, validation, test: test.data }, layout.targets.names, predictor, spec.split);
  return {
    train,
    validation,
    test: test.data,
    labels: test.labels,
    dataHash: options.dataHash,
    transforms: { inputs: layout.inputs.affine, targets: layout.targets.affine },
    inputNames: layout.inputs.names,
    targetNames: layout.targets.names,
    components: Object.fromEntries(table.fields.map(({ field, names }) => [field.name, names])),
    step,
    // Without windows no row reaches into another.
    gaps: spec.windows.length === 0 ? null : gapsOf(gaps, table),
    notes: [...modelled.values()].flatMap(({ notes }) => notes),
  };
}

/** The declared groups of all rows, in the order in which they first stand in the file. */
function labelsOf({ labels }: SeriesTable): RowLabels | null {
  if (labels === null) return null;
  const names = [...new Set(labels)];
  const position = new Map(names.map((name, k) => [name, k]));
  return { names, of: Int32Array.from(labels, (label) => position.get(label)!) };
}

/** The part of each row; `null` for rows that no part takes. */
function partsOf(spec: ForecastDataSpec, table: SeriesTable, options: CutOptions): readonly (SplitPart | null)[] {
  const { split } = spec;
  if (split.kind === "task") throw new Error("The split of a file has fractions; the pipeline says `task`.");
  if (split.kind === "by") {
    const assigned = assignZones(split, table.zones, options.file.name);
    return table.zones.map((zone) => assigned.get(zone) ?? null);
  }
  const parts: (SplitPart | null)[] = table.zones.map(() => null);
  const rows = splitRows(split, table.rows, options.seed);
  for (const part of ["train", "validation", "test"] as const) for (const row of rows[part]) parts[row] = part;
  return parts;
}

/** Without windows each row stands for itself, whatever its neighbours. */
function singleRows(table: SeriesTable, parts: readonly (SplitPart | null)[]): readonly Run[] {
  return parts.flatMap((part, row): Run[] =>
    part === null ? [] : [{ part, zone: table.zones[row]!, rows: Int32Array.of(row) }],
  );
}

function runsOf(
  segments: readonly Segment[],
  parts: readonly (SplitPart | null)[],
  whole: (row: number) => boolean,
): readonly Run[] {
  const runs: Run[] = [];
  for (const { zone, rows } of segments) {
    let from = 0;
    for (let i = 0; i <= rows.length; i++) {
      const here = i < rows.length && whole(rows[i]!) ? (parts[rows[i]!] ?? null) : null;
      const before = i > from ? (parts[rows[i - 1]!] ?? null) : null;
      if (here !== before || here === null) {
        if (i > from && before !== null) runs.push({ part: before, zone, rows: rows.subarray(from, i) });
        from = here === null ? i + 1 : i;
      }
    }
  }
  return runs;
}

interface Modelled {
  /** Of each component. */
  readonly values: readonly Float64Array[];
  readonly names: readonly string[];
  readonly shift: Float64Array;
  readonly scale: Float64Array;
  readonly notes: readonly string[];
}

/** A field's columns after its transforms. */
function transformed({ field, names, values }: SeriesField, trainRows: Int32Array): Modelled {
  const width = values.length;
  const rows = values[0]?.length ?? 0;
  const matrix = new Float64Array(rows * width);
  for (const [j, column] of values.entries()) for (let i = 0; i < rows; i++) matrix[i * width + j] = column[i]!;
  const { affine, notes } = fitTransforms([{ field, names }], matrix, width, trainRows);
  return {
    values: values.map((column, j) => column.map((value) => (value - affine.shift[j]!) / affine.scale[j]!)),
    names,
    shift: affine.shift,
    scale: affine.scale,
    notes,
  };
}

interface Side {
  readonly names: readonly string[];
  readonly affine: { readonly shift: Float64Array; readonly scale: Float64Array };
  /** Writes the values of the row at `rows[at]` from `out[to]` on. */
  fill(rows: Int32Array, at: number, out: Float64Array, to: number): void;
}

/** A value of a side: a component so many rows after the anchor. */
interface Cell {
  readonly name: string;
  readonly field: Modelled;
  readonly component: number;
  readonly step: number;
}

function layoutOf(
  spec: ForecastDataSpec,
  predictor: PredictorDecisionSpec,
  fields: ReadonlyMap<string, Modelled>,
): { readonly inputs: Side; readonly targets: Side } {
  const steps = (field: Modelled, name: string, from: number, count: number): Cell[] =>
    Array.from({ length: count }, (_, k) => ({
      name: count === 1 ? name : `${name}[${k + 1}]`,
      field,
      component: 0,
      step: from + k,
    }));
  const now = (field: Modelled): Cell[] => field.names.map((name, component) => ({ name, field, component, step: 0 }));
  const inputs = predictor.inputs.flatMap(({ name, shape }) => {
    const field = fields.get(name)!;
    const window = spec.windows.find((one) => one.field.name === name);
    return window === undefined ? now(field) : steps(field, name, 1 - sizeOf(shape), sizeOf(shape));
  });
  const { name, size } = predictor.target;
  const window = spec.windows.find((one) => one.horizon.name === name);
  const targets = window === undefined ? now(fields.get(name)!) : steps(fields.get(window.field.name)!, name, 1, size);
  return { inputs: sideOf(inputs), targets: sideOf(targets) };
}

function sideOf(cells: readonly Cell[]): Side {
  return {
    names: cells.map(({ name }) => name),
    affine: {
      shift: Float64Array.from(cells, ({ field, component }) => field.shift[component]!),
      scale: Float64Array.from(cells, ({ field, component }) => field.scale[component]!),
    },
    fill(rows, at, out, to) {
      cells.forEach(({ field, component, step }, k) => (out[to + k] = field.values[component]![rows[at + step]!]!));
    },
  };
}

function gapsOf(gaps: readonly Gap[], table: SeriesTable): IndexGaps | null {
  const [first] = gaps;
  if (first === undefined) return null;
  const { file, line, row } = table.place(first.after);
  return {
    count: gaps.length,
    first: {
      before: table.index[first.before]!,
      after: table.index[first.after]!,
      line: `${file}:${line ?? row ?? first.after + 1}`,
    },
  };
}

function windowLong(
  spec: ForecastDataSpec,
  part: SplitPart,
  runs: readonly Run[],
  table: SeriesTable,
  gaps: readonly Gap[],
  { file }: CutOptions,
): RuntimeError {
  const longest = runs.reduce<Run | null>(
    (best, run) => (run.rows.length > (best?.rows.length ?? 0) ? run : best),
    null,
  );
  const gap = gapsOf(gaps, table);
  const window = spec.windows.reduce((best, one) => (one.length > best.length ? one : best), spec.windows[0]!);
  const ends = longest === null ? [] : [longest.rows[0]!, longest.rows.at(-1)!];
  return new RuntimeError(
    DATA_MESSAGES,
    "data-window-long",
    {
      part,
      length: window.length,
      horizon: Math.max(...spec.windows.map((one) => one.horizon.size)),
      found: longest?.rows.length ?? 0,
      from: ends[0] === undefined ? "–" : table.index[ends[0]]!,
      to: ends[1] === undefined ? "–" : table.index[ends[1]]!,
      gap:
        gap === null
          ? ""
          : ` The index has ${gap.count === 1 ? "a gap" : `${gap.count} gaps`}, the first between ${gap.first.before} and ${gap.first.after} (${gap.first.line}).`,
    },
    { place: window.field.at, data: longest === null ? { file: file.name } : table.place(longest.rows[0]!) },
  );
}
