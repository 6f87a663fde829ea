import { analyseModel, type Layout } from "../../compiler/analyse/index.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import type { DecisionProblem, VectorPart } from "../../runtime/spec.ts";
import { lower } from "../support/tester.ts";

/** A spec over one or two decisions, a scalar outcome `s` and a scalar context `x`. */
export interface Small {
  readonly decision: string;
  readonly loss: string;
  readonly risk?: string;
}

export function smallModel({ decision, loss, risk = "mean(L)" }: Small): ModelIR {
  return lower(`model Small
data rows = csv("rows.csv") {
  index   day: int
  context x: real in 0..1
  outcome s: real in -2..2
  split   chronological { train: 60%, validation: 20%, test: 20% }
}
${decision}
loss L = ${loss}
risk ${risk}
uncertainty s | x ~ gmm { scenarios: 50 }
evaluate on test { regret }
`);
}

function fields(layout: Layout, values: ArrayLike<number>): Record<string, Float64Array> {
  return Object.fromEntries(
    layout.parts.map(({ name, offset, size }) => [
      name,
      Float64Array.from({ length: size }, (_, i) => values[offset + i]!),
    ]),
  );
}

function parts(layout: Layout): readonly VectorPart[] {
  return layout.parts.map(({ name, offset, size }) => ({ name, offset, size }));
}

function line(at: { readonly start: number } | undefined): string {
  return `at ${at?.start ?? "?"}`;
}

function unused(): never {
  throw new Error("the decider asked for a derivative");
}

/** The decision problem of a model, its functions by evaluation of their graphs: what is emitted, without the text. */
export function problemFrom(ir: ModelIR): DecisionProblem {
  const { canonical, problems } = analyseModel(ir);
  if (canonical === null) throw new Error(problems.map(({ code }) => code).join(", "));
  const { layouts, feasible, deterministic, conic } = canonical;
  const atDecision = (graph: ExprGraph, z: ArrayLike<number>): number =>
    Math.max(...evaluateGraph(graph, fields(layouts.decision, z)));
  const { deterministic: beside } = ir.risk;
  return {
    sizes: { decision: layouts.decision.size, outcome: layouts.outcome.size, context: layouts.context.size },
    loss: (z, s, x) =>
      evaluateGraph(ir.loss.graph, {
        ...fields(layouts.decision, z),
        ...fields(layouts.outcome, s),
        ...fields(layouts.context, x),
      })[0]!,
    lossGradientZ: unused,
    lossGradientS: unused,
    extendedGradientS: unused,
    pieces: { count: 0, fill: unused },
    feasible: {
      ...feasible,
      inequalities: feasible.inequalities.map((row) => ({ ...row, at: line(row.at) })),
      equalities: feasible.equalities.map((row) => ({ ...row, at: line(row.at) })),
      boundsAt: feasible.boundsAt.map(line),
    },
    risk: {
      mean: ir.risk.mean,
      cvar: ir.risk.cvar,
      linear: deterministic.linear,
      quadratic: deterministic.quadratic,
      constant: deterministic.constant,
      ...(canonical.curvedRisk && beside !== undefined
        ? { curved: (z: ArrayLike<number>) => atDecision(beside, z) }
        : {}),
    },
    ...(conic === null
      ? {}
      : {
          conic: {
            form: conic,
            rowsAt: conic.rows.map((row) => line(row.at)),
            decision: parts(layouts.decision),
            outcome: parts(layouts.outcome),
            context: parts(layouts.context),
            constraints: feasible.curved.map((index) => {
              const { label, graph, at } = ir.decision.constraints[index]!;
              return { label, at: line(at), value: (z: Float64Array) => atDecision(graph, z) };
            }),
          },
        }),
  };
}
