import {
  CANONICAL_VERSION,
  type CanonicalRow,
  type CanonicalVariable,
  type Repeat,
  type VariableRole,
} from "../../runtime/ir/canonical.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprGraph, Origin } from "../../runtime/ir/expr.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";
import { range, sameShape, sizeOf, type Shape } from "../../runtime/ir/shape.ts";
import { growingFacts, type GrowingFacts } from "../analyse/curvature/growing.ts";
import { degreeIn } from "../analyse/degree.ts";
import { intervalsOf, type Interval } from "../analyse/interval.ts";
import type { ConvexProblem } from "./problem.ts";

export { CANONICAL_VERSION };

/** What is known of a value: the analyses' facts of it. */
export interface Facts extends GrowingFacts {
  /** As a polynomial in decisions and auxiliaries: 0, 1 (affine), more, or infinite. */
  degree(id: number): number;
  /** Bounds of its elements. */
  interval(id: number): Interval;
  /** Whether it differs from scenario to scenario. */
  repeat(id: number): Repeat;
  /** Whether it reads data of any kind. */
  readsData(id: number): boolean;
  /** 1 where no element is negative, −1 where none is positive, `null` where neither is known. */
  sign(id: number): 1 | -1 | null;
}

/** A new variable's description; bounds hold for all its elements. */
export interface Auxiliary {
  readonly base: string;
  readonly shape: Shape;
  readonly repeat: Repeat;
  readonly role: VariableRole;
  readonly text: string;
  readonly lower?: number;
  readonly at?: Origin | undefined;
}

/** Where a row comes from. */
export interface RowSource {
  readonly label: string;
  readonly at?: Origin | undefined;
}

/** One graph that grows, with the variables and rows written so far. */
export interface Workspace {
  readonly builder: GraphBuilder;
  readonly facts: Facts;
  readonly variables: readonly CanonicalVariable[];
  readonly rows: readonly CanonicalRow[];
  /** Id of the value of a graph of the problem. */
  graft(graph: ExprGraph): number;
  /** Id of a new variable, whose name no decision, datum or other variable has. */
  auxiliary(aux: Auxiliary): number;
  linear(left: number, relation: "<=" | "==", right: number, source: RowSource): void;
  /** `‖(parts)‖ ≤ bound` */
  soc(parts: readonly number[], bound: number, source: RowSource): void;
  /** `scale · exp(exponent / scale) ≤ bound` */
  exp(exponent: number, scale: number, bound: number, source: RowSource): void;
  /** `id ≤ 0` */
  smooth(id: number, source: RowSource): void;
}

export function createWorkspace(problem: ConvexProblem): Workspace {
  const builder = new GraphBuilder();
  const variables: CanonicalVariable[] = [];
  const rows: CanonicalRow[] = [];
  const decided = new Set<string>();
  const ranges = new Map<string, Interval>();
  const scenarioNames = new Set<string>();
  const dataNames = new Set<string>();
  const taken = new Set<string>();

  for (const variable of problem.variables) {
    const size = sizeOf(variable.shape);
    const bounded = variable.type === "bool" ? { lower: 0, upper: 1 } : { lower: -Infinity, upper: Infinity };
    const lower = range(size).map((i) => variable.lower?.[i] ?? bounded.lower);
    const upper = range(size).map((i) => variable.upper?.[i] ?? bounded.upper);
    decided.add(variable.name);
    taken.add(variable.name);
    ranges.set(variable.name, {
      lower: lower.reduce((a, v) => Math.min(a, v), Infinity),
      upper: upper.reduce((a, v) => Math.max(a, v), -Infinity),
    });
    variables.push({
      name: variable.name,
      shape: variable.shape,
      repeat: "once",
      role: "decision",
      text: "decision",
      type: variable.type,
      lower: lower.map(finite),
      upper: upper.map(finite),
      ...placed(variable.at),
    });
  }
  for (const datum of problem.data) {
    taken.add(datum.name);
    dataNames.add(datum.name);
    if (datum.range !== undefined) ranges.set(datum.name, datum.range);
    if (datum.repeat === "scenario") scenarioNames.add(datum.name);
  }

  const inScenario = readsIn(builder, scenarioNames);
  const repeat = (id: number): Repeat => (inScenario(id) ? "scenario" : "once");
  const degree = degreeIn(builder, decided);
  const interval = intervalsOf(builder, ranges);
  const facts: Facts = {
    ...growingFacts(builder, { variables: problem.variables, degree, interval }),
    degree,
    interval,
    repeat,
    readsData: readsIn(builder, dataNames),
    sign(id) {
      const { lower, upper } = interval(id);
      return lower >= 0 ? 1 : upper <= 0 ? -1 : null;
    },
  };
  const graph = (id: number): ExprGraph => builder.finish(id);
  const together = (...ids: readonly number[]): Repeat =>
    ids.some((id) => repeat(id) === "scenario") ? "scenario" : "once";

  function name(base: string): string {
    for (let n = 0; ; n++) {
      const candidate = n === 0 ? base : `${base}${n + 1}`;
      if (taken.has(candidate)) continue;
      taken.add(candidate);
      return candidate;
    }
  }

  return {
    builder,
    facts,
    variables,
    rows,
    graft: (source) => builder.graft(source)[source.output]!,
    auxiliary({ base, shape, repeat: repeats, role, text, lower, at }) {
      const own = name(base);
      decided.add(own);
      if (repeats === "scenario") scenarioNames.add(own);
      if (lower !== undefined) ranges.set(own, { lower, upper: Infinity });
      const size = sizeOf(shape);
      variables.push({
        name: own,
        shape,
        repeat: repeats,
        role,
        text,
        type: "real",
        lower: range(size).map(() => lower ?? null),
        upper: range(size).map(() => null),
        ...placed(at),
      });
      return builder.input(own, shape);
    },
    linear(left, relation, right, { label, at }) {
      const shape = builder.shape(left).length > 0 ? builder.shape(left) : builder.shape(right);
      const [l, r] = [left, right].map((id) => stretch(builder, id, shape)) as [number, number];
      const sides = { left: graph(l), right: graph(r) };
      rows.push({ kind: "linear", relation, ...sides, repeat: together(l, r), label, ...placed(at) });
    },
    soc(parts, bound, { label, at }) {
      const row = { parts: parts.map(graph), bound: graph(bound), repeat: together(bound, ...parts) };
      rows.push({ kind: "soc", ...row, label, ...placed(at) });
    },
    exp(exponent, scale, bound, { label, at }) {
      const shape = builder.shape(bound);
      const [x, y] = [exponent, scale].map((id) => stretch(builder, id, shape)) as [number, number];
      const row = { exponent: graph(x), scale: graph(y), bound: graph(bound), repeat: together(x, y, bound) };
      rows.push({ kind: "exp", ...row, label, ...placed(at) });
    },
    smooth(id, { label, at }) {
      rows.push({ kind: "smooth", graph: graph(id), repeat: repeat(id), label, ...placed(at) });
    },
  };
}

/** A scalar repeated over `shape`; anything else as it is. */
export function stretch(b: GraphBuilder, id: number, shape: Shape): number {
  return sameShape(b.shape(id), shape) || b.shape(id).length > 0 ? id : b.broadcast(id, shape, []);
}

/** Whether values read any of the named inputs. Names may be added before a node that reads them is asked about. */
function readsIn(b: GraphBuilder, names: ReadonlySet<string>): (id: number) => boolean {
  const known: boolean[] = [];
  return (id) => {
    while (known.length <= id) {
      const node = b.node(known.length);
      known.push(node.op === "input" ? names.has(node.name) : argsOf(node).some((arg) => known[arg]!));
    }
    return known[id]!;
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function placed(at: Origin | undefined): { readonly at?: Origin } {
  return at === undefined ? {} : { at };
}
