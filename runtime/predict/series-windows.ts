import { follows, type Step } from "../data/segments.ts";
import { DATA_MESSAGES } from "../data/messages.ts";
import type { ContextBlock } from "../data/contexts.ts";
import { RuntimeError, renderDataPlace, type DataPlace } from "../errors/runtime-error.ts";
import type { Place } from "../spec.ts";

/** One value of each row of a block, or several past ones of it. */
export interface InputColumns {
  /** First of its columns among the block's values. */
  readonly column: number;
  readonly columns: number;
  /** Rows, the newest last, that its single column is read over; 1 for a value of the row alone. */
  readonly length: number;
}

/** A row of new data. */
export interface NewRow {
  /** Number of the row of data, from 1. */
  readonly row: number;
  readonly index: string | null;
  readonly zone: string | null;
  /** `null` where there is something to predict from. */
  readonly error: RuntimeError | null;
}

/** Rows that are predicted or wrong; the inputs of those that are predicted, one after the other. */
export interface InputBlock {
  readonly rows: readonly NewRow[];
  /** rows without an error × p */
  readonly inputs: Float64Array;
}

export interface WindowCutter {
  /** The rows of a block that have all of the past that they need, and those that are wrong. */
  cut(block: ContextBlock): InputBlock;
  /** After the last block: a row for each series in which none was predicted. */
  end(): readonly NewRow[];
  /** Rows that had too few before them. */
  readonly past: number;
}

export interface WindowOptions {
  readonly inputs: readonly InputColumns[];
  /** Rows before one that its own values are computed from. */
  readonly reach: number;
  readonly step: Step | null;
  /** Of the window, for messages. */
  readonly at: Place;
  /** Name of the column that tells series apart, where there is one. */
  readonly zoneName: string | null;
  readonly indexAt: { readonly name: string; readonly at: Place } | null;
  onWarning(warning: RuntimeError): void;
}

/** What is kept of one series between its rows. */
interface Series {
  readonly name: string;
  /** Values of the last rows, a ring of `length` for each input. */
  readonly past: Float64Array;
  /** Right rows that the rings have taken. */
  rows: number;
  /** Rows since the last gap. */
  span: number;
  /** Right rows since the last gap and the last wrong row. */
  run: number;
  longest: number;
  /** Right rows since the last wrong one. */
  right: number;
  /** Where the last wrong row is. */
  wrong: DataPlace | null;
  /** Of the last row; NaN where it could not be read. */
  position: number;
  index: string;
  lastPlace: DataPlace | null;
  lastRow: number;
  /** The last gap, for a message. */
  gap: string;
  /** A prediction or an error was told. */
  answered: boolean;
}

/**
 * Cuts the rows of series, as they come, into inputs of a predictor, as `cutWindows` does in training: no window reaches
 * across a gap of the index, from one series to another, or over a wrong row.
 */
export function windowCutter(options: WindowOptions): WindowCutter {
  const { inputs, reach, step, at, zoneName, indexAt, onWarning } = options;
  const length = Math.max(...inputs.map((input) => input.length));
  const width = inputs.reduce((sum, input) => sum + input.columns * input.length, 0);
  const windows = inputs.filter((input) => input.length > 1);
  const needed = Math.max(length, reach + 1);
  const known = new Map<string, Series>();
  let past = 0;
  let warned = false;

  const seriesOf = (zone: string): Series => {
    const found = known.get(zone);
    if (found !== undefined) return found;
    const fresh = newSeries(zone, windows.length * length);
    known.set(zone, fresh);
    return fresh;
  };

  /** What is wrong with the place of a row in its series; tells of a gap. */
  function orderOf(series: Series, block: ContextBlock, k: number): RuntimeError | null {
    if (block.positions === null) return null;
    const position = block.positions[k]!;
    const before = series.position;
    if (Number.isNaN(position)) {
      series.position = NaN;
      return null;
    }
    const index = block.index![k]!;
    if (!Number.isNaN(before) && position <= before) {
      const where = { place: indexAt!.at, data: block.place(k) };
      const field = indexAt!.name;
      if (position < before)
        return new RuntimeError(DATA_MESSAGES, "data-index-order", { cell: index, before: series.index, field }, where);
      const lines = { first: lineOf(series.lastPlace!), second: lineOf(block.place(k)) };
      return new RuntimeError(DATA_MESSAGES, "data-index-duplicate", { cell: index, field, ...lines }, where);
    }
    if (!Number.isNaN(before) && step !== null && !follows(step, before, position)) {
      series.span = 0;
      series.run = 0;
      series.gap = ` The index has a gap between ${series.index} and ${index}.`;
      if (!warned) {
        const args = { before: series.index, after: index, length: needed };
        onWarning(new RuntimeError(DATA_MESSAGES, "series-gap", args, { place: at, data: block.place(k) }));
      }
      warned = true;
    }
    series.position = position;
    series.index = index;
    return null;
  }

  function fill(series: Series, block: ContextBlock, k: number, out: Float64Array, to: number): void {
    const q = block.values.length / block.rows;
    let next = to;
    for (const input of inputs) {
      const ring = windows.indexOf(input);
      if (input.length === 1) {
        for (let j = 0; j < input.columns; j++) out[next++] = block.values[k * q + input.column + j]!;
        continue;
      }
      for (let back = input.length - 1; back >= 0; back--)
        out[next++] = series.past[ring * length + ((series.rows - 1 - back) % length)]!;
    }
  }

  return {
    get past() {
      return past;
    },
    cut(block) {
      const q = block.values.length / block.rows;
      const rows: NewRow[] = [];
      const filled = new Float64Array(block.rows * width);
      let predicted = 0;
      for (let k = 0; k < block.rows; k++) {
        const zone = zoneName === null ? "" : block.zones![k]!;
        const row = { row: block.first + k, index: block.index?.[k] ?? null, zone: zoneName === null ? null : zone };
        const own = block.errors.get(k) ?? null;
        const place = block.place(k);
        if (own !== null && zoneName !== null && zone === "") {
          // A row that could not be read may be of any of the series.
          for (const series of known.values()) {
            spoil(series, place);
            series.position = NaN;
          }
          rows.push({ ...row, error: own });
          continue;
        }
        const series = seriesOf(zone);
        const disorder = orderOf(series, block, k);
        const error = own ?? disorder;
        if (disorder === null) {
          series.span++;
          series.lastPlace = place;
          series.lastRow = row.row;
        }
        if (error !== null) {
          spoil(series, place);
          series.answered = true;
          rows.push({ ...row, error });
          continue;
        }
        windows.forEach(({ column }, ring) => {
          series.past[ring * length + (series.rows % length)] = block.values[k * q + column]!;
        });
        series.rows++;
        series.right++;
        series.longest = Math.max(series.longest, ++series.run);
        if (series.run >= length && series.right > reach) {
          fill(series, block, k, filled, predicted++ * width);
          series.answered = true;
          rows.push({ ...row, error: null });
        } else if (series.wrong !== null && series.span >= length) {
          const args = { wrong: renderDataPlace(series.wrong), length: needed };
          const where = { place: at, data: place };
          rows.push({ ...row, error: new RuntimeError(DATA_MESSAGES, "series-row-wrong", args, where) });
        } else past++;
      }
      return { rows, inputs: filled.subarray(0, predicted * width) };
    },
    end() {
      return [...known.values()]
        .filter(({ answered }) => !answered)
        .map((series): NewRow => {
          const named = zoneName === null ? "The series" : `The series ${zoneName} = ${series.name}`;
          const args = { series: named, length: needed, found: series.longest, gap: series.gap };
          const error = new RuntimeError(DATA_MESSAGES, "series-short", args, { place: at, data: series.lastPlace! });
          const zone = zoneName === null ? null : series.name;
          return { row: series.lastRow, index: series.index === "" ? null : series.index, zone, error };
        });
    },
  };
}

function newSeries(name: string, kept: number): Series {
  return {
    name,
    past: new Float64Array(kept),
    rows: 0,
    span: 0,
    run: 0,
    longest: 0,
    right: 0,
    wrong: null,
    position: NaN,
    index: "",
    lastPlace: null,
    lastRow: 0,
    gap: "",
    answered: false,
  };
}

/** After a wrong row: no window holds it, and no lag reaches back to it. */
function spoil(series: Series, place: DataPlace): void {
  series.run = 0;
  series.right = 0;
  series.wrong = place;
}

function lineOf({ line, row }: DataPlace): number {
  return line ?? row!;
}
