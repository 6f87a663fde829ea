import type { BinaryOp, UnaryOp } from "../../runtime/ir/expr.ts";
import { numberLiteral } from "./text.ts";

/** An expression of TypeScript with how tightly its outermost operator binds. */
export interface Fragment {
  readonly text: string;
  readonly binding: number;
}

const CONDITIONAL = 1;
const OR = 2;
const AND = 3;
const EQUALITY = 4;
const RELATION = 5;
const ADDITIVE = 6;
const MULTIPLICATIVE = 7;
const POWER = 8;
const UNARY = 9;
const PRIMARY = 10;

export const primary = (text: string): Fragment => ({ text, binding: PRIMARY });

export function literal(value: number): Fragment {
  return { text: numberLiteral(value), binding: value < 0 || Object.is(value, -0) ? UNARY : PRIMARY };
}

/** Parenthesised where `fragment` binds more loosely than its place needs. */
const at = (fragment: Fragment, binding: number): string =>
  fragment.binding >= binding ? fragment.text : `(${fragment.text})`;

const infix = (operator: string, binding: number, a: Fragment, b: Fragment): Fragment => ({
  text: `${at(a, binding)} ${operator} ${at(b, binding + 1)}`,
  binding,
});

const call = (name: string, ...args: readonly Fragment[]): Fragment =>
  primary(`${name}(${args.map((arg) => arg.text).join(", ")})`);

const zero = literal(0);

/** Whether repeating the text costs nothing and hides nothing. */
export const isSimple = (fragment: Fragment): boolean => /^-?[\w.]+(\[[^\]]*\])?$/.test(fragment.text);

/** `u` of a unary operation; operations that read it twice need it simple. */
export function unaryFragment(op: UnaryOp, u: Fragment): Fragment {
  switch (op) {
    case "neg":
      return { text: `-${at(u, u.text.startsWith("-") ? PRIMARY : UNARY)}`, binding: UNARY };
    case "abs":
    case "exp":
    case "log":
    case "log1p":
    case "expm1":
    case "sqrt":
    case "tanh":
    case "sin":
    case "cos":
    case "sign":
      return call(`Math.${op}`, u);
    case "square":
      return isSimple(u) ? infix("*", MULTIPLICATIVE, u, u) : { text: `${at(u, PRIMARY)} ** 2`, binding: POWER };
    case "pos":
      return call("Math.max", u, zero);
    case "softplus": {
      const tail = call("Math.log1p", call("Math.exp", { text: `-${call("Math.abs", u).text}`, binding: UNARY }));
      return infix("+", ADDITIVE, call("Math.max", u, zero), tail);
    }
    case "sigmoid":
      // Overflow of exp gives the right limits 0 and 1.
      return infix(
        "/",
        MULTIPLICATIVE,
        literal(1),
        infix("+", ADDITIVE, literal(1), call("Math.exp", unaryFragment("neg", u))),
      );
    case "not":
      return numeric(infix("===", EQUALITY, u, zero));
  }
}

export function binaryFragment(op: BinaryOp, a: Fragment, b: Fragment): Fragment {
  switch (op) {
    case "add":
      return infix("+", ADDITIVE, a, b);
    case "sub":
      return infix("-", ADDITIVE, a, b);
    case "mul":
      return infix("*", MULTIPLICATIVE, a, b);
    case "div":
      return infix("/", MULTIPLICATIVE, a, b);
    case "pow":
      return { text: `${at(a, PRIMARY)} ** ${at(b, UNARY)}`, binding: POWER };
    case "max":
      return call("Math.max", a, b);
    case "min":
      return call("Math.min", a, b);
    default:
      return numeric(conditionFragment(op, a, b));
  }
}

/** A comparison as a boolean. */
export function conditionFragment(
  op: "lt" | "le" | "gt" | "ge" | "eq" | "ne" | "and" | "or",
  a: Fragment,
  b: Fragment,
): Fragment {
  switch (op) {
    case "lt":
      return infix("<", RELATION, a, b);
    case "le":
      return infix("<=", RELATION, a, b);
    case "gt":
      return infix(">", RELATION, a, b);
    case "ge":
      return infix(">=", RELATION, a, b);
    case "eq":
      return infix("===", EQUALITY, a, b);
    case "ne":
      return infix("!==", EQUALITY, a, b);
    case "and":
      return infix("&&", AND, nonZero(a), nonZero(b));
    case "or":
      return infix("||", OR, nonZero(a), nonZero(b));
  }
}

export const nonZero = (u: Fragment): Fragment => infix("!==", EQUALITY, u, zero);

/** 0 or 1 from a boolean. */
export const numeric = (condition: Fragment): Fragment => choose(condition, literal(1), zero);

export function choose(condition: Fragment, a: Fragment, b: Fragment): Fragment {
  return { text: `${at(condition, OR)} ? ${at(a, OR)} : ${at(b, OR)}`, binding: CONDITIONAL };
}
