import type { ExprNode, Origin } from "../../runtime/ir/expr.ts";
import { fillTemplate } from "../../runtime/errors/droc-error.ts";
import { reasons, type AnalyseCode } from "./catalogue.ts";

/** What an analysis found wrong, for the catalogue. */
export interface Problem {
  readonly code: AnalyseCode;
  readonly args: Readonly<Record<string, string | number>>;
  readonly at: Origin;
  /** Other places that take part in it, each with what it contributes. */
  readonly related?: readonly { readonly at: Origin; readonly label: string }[];
}

/** Why an expression has not the required form, and the sub-expression to blame. Thrown and caught inside `analyse`. */
export class FormFailure extends Error {
  readonly reason: keyof typeof reasons;
  readonly node: ExprNode;

  constructor(reason: keyof typeof reasons, node: ExprNode) {
    super(fillTemplate(reasons[reason], { op: opName(node) }));
    this.reason = reason;
    this.node = node;
  }
}

const written: Readonly<Record<string, string>> = {
  add: "+",
  sub: "-",
  neg: "-",
  mul: "*",
  div: "/",
  pow: "^",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  eq: "==",
  ne: "!=",
  where: "if",
  reduce_max: "max",
  reduce_min: "min",
};

/** The operation as a spec writes it; an input by its name. */
export function opName(node: ExprNode): string {
  return node.op === "input" ? node.name : (written[node.op] ?? node.op);
}
