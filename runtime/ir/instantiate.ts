import type { CanonicalForm, CanonicalRow, Repeat } from "./canonical.ts";
import type { ExprGraph } from "./expr.ts";
import { polynomialsOf, type InputSource, type Polynomials, type SparseVector } from "./polynomial.ts";
import { range, sizeOf } from "./shape.ts";

/** Values for a form's data: fields that stand once, and fields with one value a scenario (K × size, row-major). */
export interface FormData {
  readonly scenarios: number;
  readonly values: Readonly<Record<string, ArrayLike<number>>>;
  /** ≥ 0, normalised here; equal where absent. */
  readonly weights?: ArrayLike<number>;
}

/** Compressed sparse rows: row r holds `indices` and `values` from `starts[r]` to `starts[r + 1]`. */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/**
 * A form with numbers: `min offset + cost·x + ½ xᵀHx` over `lower ≤ x ≤ upper`, `A x ≤ b`, `E x = f` and
 * `G x + h ∈ K`, K a product of cones over consecutive rows. A second-order cone's first row bounds the norm of the
 * others; an exponential cone is `(x, y, z)` with `y exp(x / y) ≤ z`.
 */
export interface NumericForm {
  readonly columns: number;
  /** Columns by variable: those that repeat have one start a scenario. */
  readonly starts: ReadonlyMap<string, readonly number[]>;
  readonly offset: number;
  readonly cost: Float64Array;
  /** Symmetric, both triangles. */
  readonly hessian: SparseRows | null;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly integer: readonly number[];
  readonly inequalities: { readonly matrix: SparseRows; readonly bounds: Float64Array };
  readonly equalities: { readonly matrix: SparseRows; readonly bounds: Float64Array };
  readonly coneRows: { readonly matrix: SparseRows; readonly offsets: Float64Array };
  readonly cones: readonly { readonly kind: "soc" | "exp"; readonly start: number; readonly size: number }[];
  /** `graph ≤ 0`; each input is a variable's first column or values. */
  readonly smooth: readonly { readonly graph: ExprGraph; readonly inputs: ReadonlyMap<string, InputSource> }[];
}

/**
 * Puts numbers in a form. Columns are the variables that stand once in their order, then those of each scenario.
 *
 * @throws Error where a datum is missing or has another length, and for a form of class `none`
 */
export function instantiate(form: CanonicalForm, data: FormData): NumericForm {
  if (form.class === "none") throw new Error(`there is no form: ${form.reason}`);
  const { starts, columns } = layOut(form, data.scenarios);
  const probabilities = normalise(data);
  const lower = new Float64Array(columns).fill(-Infinity);
  const upper = new Float64Array(columns).fill(Infinity);
  const integer: number[] = [];
  for (const variable of form.variables) {
    for (const start of starts.get(variable.name)!) {
      range(sizeOf(variable.shape)).forEach((i) => {
        lower[start + i] = variable.lower[i] ?? -Infinity;
        upper[start + i] = variable.upper[i] ?? Infinity;
        if (variable.type !== "real") integer.push(start + i);
      });
    }
  }

  const sourceOf = (name: string, size: number, scenario: number): InputSource => {
    const known = starts.get(name);
    if (known !== undefined) return { column: known.length === 1 ? known[0]! : known[scenario]! };
    const datum = form.data.find((d) => d.name === name);
    const given = Object.hasOwn(data.values, name) ? data.values[name] : undefined;
    const needed = datum?.repeat === "scenario" ? size * data.scenarios : size;
    if (given?.length !== needed) throw new Error(`${name} needs ${needed} values, has ${given?.length ?? "none"}`);
    const from = datum?.repeat === "scenario" ? scenario * size : 0;
    return { values: Array.from({ length: size }, (_, i) => given[from + i]!) };
  };
  const polynomials = (graph: ExprGraph, scenario: number): Polynomials =>
    polynomialsOf(graph, columns, (name, shape) => sourceOf(name, sizeOf(shape), scenario));
  const over = (repeat: Repeat): readonly number[] => (repeat === "once" ? [0] : range(data.scenarios));

  const cost = new Float64Array(columns);
  const curvature = new Map<number, number>();
  let offset = 0;
  const addObjective = (graph: ExprGraph, scenario: number, weight: number): void => {
    const total = polynomials(graph, scenario);
    offset += weight * total.offset[0]!;
    for (const [i, c] of total.linear?.[0] ?? []) cost[i] = cost[i]! + weight * c;
    for (const [key, c] of total.quadratic?.[0] ?? []) curvature.set(key, (curvature.get(key) ?? 0) + weight * c);
  };
  addObjective(form.objective.fixed, 0, 1);
  if (form.objective.scenario !== null) {
    for (const k of range(data.scenarios)) addObjective(form.objective.scenario, k, probabilities[k]!);
  }

  const inequalities = createRows(columns);
  const equalities = createRows(columns);
  const coneRows = createRows(columns);
  const cones: { kind: "soc" | "exp"; start: number; size: number }[] = [];
  const smooth: { graph: ExprGraph; inputs: ReadonlyMap<string, InputSource> }[] = [];
  const addRow = (row: CanonicalRow, k: number): void => {
    switch (row.kind) {
      case "linear": {
        const [left, right] = [polynomials(row.left, k), polynomials(row.right, k)];
        const target = row.relation === "<=" ? inequalities : equalities;
        left.offset.forEach((value, i) => target.add(difference(left, right, i), right.offset[i]! - value));
        return;
      }
      case "soc": {
        const bound = polynomials(row.bound, k);
        const parts = row.parts.map((part) => polynomials(part, k));
        bound.offset.forEach((_, i) => {
          const start = coneRows.count();
          coneRows.add(bound.linear?.[i], bound.offset[i]!);
          for (const part of parts) {
            const width = part.offset.length / bound.offset.length;
            for (let j = i * width; j < (i + 1) * width; j++) coneRows.add(part.linear?.[j], part.offset[j]!);
          }
          cones.push({ kind: "soc", start, size: coneRows.count() - start });
        });
        return;
      }
      case "exp": {
        const three = [row.exponent, row.scale, row.bound].map((graph) => polynomials(graph, k));
        three[0]!.offset.forEach((_, i) => {
          cones.push({ kind: "exp", start: coneRows.count(), size: 3 });
          for (const part of three) coneRows.add(part.linear?.[i], part.offset[i]!);
        });
        return;
      }
      case "smooth": {
        const names = row.graph.nodes.flatMap((node) => (node.op === "input" ? [node] : []));
        const inputs = names.map((node) => [node.name, sourceOf(node.name, sizeOf(node.shape), k)] as const);
        smooth.push({ graph: row.graph, inputs: new Map(inputs) });
      }
    }
  };
  for (const row of form.rows) for (const k of over(row.repeat)) addRow(row, k);

  const { matrix, bounds } = inequalities.finish();
  const equal = equalities.finish();
  const cone = coneRows.finish();
  return {
    columns,
    starts,
    offset,
    cost,
    hessian: curvature.size === 0 ? null : hessianOf(curvature, columns),
    lower,
    upper,
    integer: integer.sort((p, q) => p - q),
    inequalities: { matrix, bounds },
    equalities: equal,
    coneRows: { matrix: cone.matrix, offsets: cone.bounds },
    cones,
    smooth,
  };
}

function layOut(form: CanonicalForm, scenarios: number): { starts: Map<string, readonly number[]>; columns: number } {
  const starts = new Map<string, number[]>();
  let columns = 0;
  const place = (repeat: Repeat): void => {
    for (const variable of form.variables) {
      if (variable.repeat !== repeat) continue;
      starts.set(variable.name, [...(starts.get(variable.name) ?? []), columns]);
      columns += sizeOf(variable.shape);
    }
  };
  place("once");
  for (let k = 0; k < scenarios; k++) place("scenario");
  return { starts, columns };
}

function normalise(data: FormData): readonly number[] {
  const weights = range(data.scenarios).map((k) => data.weights?.[k] ?? 1);
  const total = weights.reduce((a, w) => a + w, 0);
  return weights.map((w) => w / total);
}

function difference(left: Polynomials, right: Polynomials, i: number): SparseVector {
  const row = new Map(left.linear?.[i] ?? []);
  for (const [column, value] of right.linear?.[i] ?? []) row.set(column, (row.get(column) ?? 0) - value);
  return row;
}

/** Half of a product's coefficient stands in each triangle, and ½ xᵀHx doubles the diagonal. */
function hessianOf(curvature: ReadonlyMap<number, number>, columns: number): SparseRows {
  const rows = range(columns).map(() => new Map<number, number>());
  for (const [key, value] of curvature) {
    const [i, j] = [Math.floor(key / columns), key % columns];
    rows[i]!.set(j, i === j ? 2 * value : value);
    if (i !== j) rows[j]!.set(i, value);
  }
  const writer = createRows(columns);
  for (const row of rows) writer.add(row, 0);
  return writer.finish().matrix;
}

interface RowsWriter {
  count(): number;
  add(row: SparseVector | undefined, bound: number): void;
  finish(): { readonly matrix: SparseRows; readonly bounds: Float64Array };
}

function createRows(columns: number): RowsWriter {
  const starts: number[] = [0];
  const indices: number[] = [];
  const values: number[] = [];
  const bounds: number[] = [];
  return {
    count: () => bounds.length,
    add(row, bound) {
      const entries = [...(row ?? [])].filter(([, value]) => value !== 0).sort(([p], [q]) => p - q);
      for (const [column, value] of entries) {
        indices.push(column);
        values.push(value);
      }
      starts.push(indices.length);
      bounds.push(bound);
    },
    finish: () => ({
      matrix: {
        rows: bounds.length,
        columns,
        starts: Int32Array.from(starts),
        indices: Int32Array.from(indices),
        values: Float64Array.from(values),
      },
      bounds: Float64Array.from(bounds),
    }),
  };
}
