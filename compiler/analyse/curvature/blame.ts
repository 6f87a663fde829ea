import type { ExprNode, Origin } from "../../../runtime/ir/expr.ts";
import { fillTemplate } from "../../../runtime/errors/droc-error.ts";
import { argsOf } from "../../../runtime/ir/scalar-ops.ts";
import { opName } from "../problem.ts";
import type { Bend } from "./curvature.ts";
import type { CurvatureBlame, CurvatureRule } from "./facts.ts";
import { dependsOn, type Scope } from "./forward.ts";
import { suggestRewrite } from "./rewrites.ts";
import { appliedFunction } from "./shapes.ts";
import { continuousSwitch } from "./switches.ts";

/** What breaks each rule; `{op}` is the operation as a spec writes it, `{bent}` how its argument bends. */
export const ruleReasons: Readonly<Record<CurvatureRule, string>> = {
  product: "two things that both depend on the variables are multiplied",
  quotient: "it divides by something that depends on the variables, in a way that is neither convex nor concave",
  sign: "a factor whose sign is not known scales something {bent}",
  sum: "something convex and something concave are added",
  extreme: "`{op}` keeps convexity only downwards and concavity only upwards: an argument of it is {bent}",
  composition: "`{op}` is applied to something {bent}, which bends the other way",
  neither: "`{op}` is neither convex nor concave over the values that its argument may take",
  domain: "`{op}` is applied to something convex that may leave the domain on which `{op}` is defined",
  exponent: "a power has a base or an exponent that keeps it from being convex or concave",
  condition: "a condition depends on the variables, and its branches do not meet where it switches",
  jump: "`{op}` jumps",
  unsupported: "no rule of curvature is known for `{op}`",
};

/** The innermost sub-expression of `output` that has no curvature though all that it is made of has. */
export function blameOf(scope: Scope, bend: (id: number) => Bend): CurvatureBlame {
  const { b, output } = scope;
  let id = output;
  let at: Origin | null = null;
  for (;;) {
    const node = b.node(id);
    at = node.at ?? at;
    // A condition is no number that bends: the switch is to blame, not what it compares.
    const args = node.op === "where" ? node.args.slice(1) : argsOf(node);
    const inner = args.find((arg) => isUnknown(bend(arg)) && !(node.op === "where" && isJump(b.node(arg))));
    if (inner === undefined) {
      const rule = brokenRule(scope, bend, id);
      const reason = fillTemplate(ruleReasons[rule], { op: opName(node), bent: bentArgument(bend, node, scope) });
      return { node, at, rule, reason, suggestion: suggestRewrite(scope, bend, id, rule) };
    }
    id = inner;
  }
}

const isUnknown = ({ convex, concave }: Bend): boolean => !convex && !concave;

function isJump(node: ExprNode): boolean {
  return ["sign", "not", "lt", "le", "gt", "ge", "eq", "ne", "and", "or"].includes(node.op);
}

function brokenRule(scope: Scope, bend: (id: number) => Bend, id: number): CurvatureRule {
  const node = scope.b.node(id);
  if (isJump(node)) return "jump";
  const applied = node.op === "where" ? null : appliedFunction(scope, id);
  if (applied !== null) {
    const { shape, arg } = applied;
    if (shape === null) return "domain";
    if (!shape.convex && !shape.concave) return "neither";
    const u = bend(arg);
    const leaves = shape.convex && shape.rising && u.convex && scope.interval(arg).lower < shape.domain;
    return leaves ? "domain" : "composition";
  }
  switch (node.op) {
    case "mul":
    case "matmul":
      return node.args.every((arg) => dependsOn(scope, arg)) ? "product" : "sign";
    case "prod":
      return "product";
    case "div":
      return dependsOn(scope, node.args[1]) ? "quotient" : "sign";
    case "add":
    case "sub":
    case "sum":
    case "concat":
      return "sum";
    case "max":
    case "min":
    case "reduce_max":
    case "reduce_min":
      return "extreme";
    case "log_sum_exp":
    case "norm1":
    case "norm2":
    case "norm_inf":
      return "composition";
    case "where":
      return dependsOn(scope, node.args[0]) && continuousSwitch(scope, id) === null ? "condition" : "extreme";
    case "pow":
      return "exponent";
    default:
      return "unsupported";
  }
}

function bentArgument(bend: (id: number) => Bend, node: ExprNode, scope: Scope): string {
  const bent = argsOf(node)
    .filter((arg) => dependsOn(scope, arg))
    .map(bend)
    .find(({ convex, concave }) => convex !== concave);
  return bent === undefined ? "affine" : bent.convex ? "convex" : "concave";
}
