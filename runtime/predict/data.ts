import type { PredictorData } from "./types.ts";

/** The rows of a data set at these positions, in their order. */
export function takeRows(data: PredictorData, rows: ArrayLike<number>): PredictorData {
  const p = data.rows === 0 ? 0 : data.inputs.length / data.rows;
  const d = data.rows === 0 ? 0 : data.targets.length / data.rows;
  const taken = rows.length;
  const inputs = new Float64Array(taken * p);
  const targets = new Float64Array(taken * d);
  const groups = new Int32Array(taken);
  for (let i = 0; i < taken; i++) {
    const row = rows[i]!;
    inputs.set(data.inputs.subarray(row * p, (row + 1) * p), i * p);
    targets.set(data.targets.subarray(row * d, (row + 1) * d), i * d);
    groups[i] = data.groups[row]!;
  }
  const { labels } = data;
  const own =
    labels === undefined ? {} : { labels: { ...labels, of: Int32Array.from(rows, (row) => labels.of[row]!) } };
  return { rows: taken, inputs, targets, groups, groupNames: data.groupNames, ...own };
}

/** Two data sets one after another. @throws Error where their columns differ */
export function joinRows(a: PredictorData, b: PredictorData): PredictorData {
  if (a.rows === 0) return b;
  if (b.rows === 0) return a;
  if (a.inputs.length * b.rows !== b.inputs.length * a.rows) throw new Error("The data sets have other columns.");
  const groupNames = [...new Set([...a.groupNames, ...b.groupNames])];
  const group = (data: PredictorData): number[] =>
    Array.from(data.groups, (k) => groupNames.indexOf(data.groupNames[k]!));
  return {
    rows: a.rows + b.rows,
    inputs: concatenated(a.inputs, b.inputs),
    targets: concatenated(a.targets, b.targets),
    groups: Int32Array.from([...group(a), ...group(b)]),
    groupNames,
  };
}

function concatenated(a: Float64Array, b: Float64Array): Float64Array {
  const joined = new Float64Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/**
 * The last rows of each group apart from the rest, to choose on: `gap` rows between the two are in neither, since windows
 * that overlap would show the held-out ones.
 */
export function holdOut(
  data: PredictorData,
  share: number,
  gap: number,
): { readonly train: PredictorData; readonly validation: PredictorData } {
  const train: number[] = [];
  const validation: number[] = [];
  for (const group of new Set(data.groups)) {
    const rows = Array.from(data.groups.keys()).filter((row) => data.groups[row] === group);
    const held = Math.floor(rows.length * share);
    validation.push(...rows.slice(rows.length - held));
    train.push(...rows.slice(0, Math.max(0, rows.length - held - gap)));
  }
  return { train: takeRows(data, train), validation: takeRows(data, validation) };
}
