/** Expressions, options and types. */
import type { Argument, Expr, Ident, Option, Options, Span, TypeExpr } from "../ast.ts";
import { quoteText } from "../lexing/literals.ts";
import { MINUS_PRECEDENCE, NOT_PRECEDENCE, operatorSpec, POSTFIX_PRECEDENCE } from "../operators.ts";
import type { CommentBook } from "./comments.ts";
import { concat, group, indent, join, line } from "./doc.ts";
import type { Doc } from "./doc.ts";
import { braces, enclosed, gather } from "./items.ts";
import type { Item, Rows } from "./items.ts";

type Chained = Extract<Expr, { kind: "pipe" | "binary" | "compare-expr" }>;

/** How tightly an expression binds when it is printed. */
export function precedenceOf(expr: Expr): number {
  switch (expr.kind) {
    case "pipe":
      return operatorSpec("|>").precedence;
    case "by":
    case "over":
      return operatorSpec("by").precedence;
    case "where":
      return operatorSpec("where").precedence;
    case "compare-expr":
      return operatorSpec("==").precedence;
    case "range":
      return operatorSpec("..").precedence;
    case "binary":
      return operatorSpec(expr.op).precedence;
    case "unary":
      return expr.op === "not" ? NOT_PRECEDENCE : MINUS_PRECEDENCE;
    case "if":
    case "counted":
      return 0;
    case "number":
    case "string":
    case "bool":
    case "date":
    case "name":
    case "member":
    case "index":
    case "list":
    case "call":
    case "configured":
    case "error":
      return POSTFIX_PRECEDENCE;
  }
}

export function identText(ident: Ident): string {
  return ident.primed ? `${ident.name}'` : ident.name;
}

export class ExpressionPrinter {
  protected readonly source: string;
  protected readonly book: CommentBook;

  constructor(source: string, book: CommentBook) {
    this.source = source;
    this.book = book;
  }

  /** @param weakest - parentheses are put around what binds less tightly */
  expression(expr: Expr, weakest = 0): Doc {
    const body = this.#bare(expr);
    return precedenceOf(expr) < weakest ? concat("(", body, ")") : body;
  }

  #bare(expr: Expr): Doc {
    switch (expr.kind) {
      case "number":
        return expr.text;
      case "string":
        return quoteText(expr.value);
      case "bool":
        return String(expr.value);
      case "date":
        return expr.value;
      case "name":
        return expr.primed ? `${expr.name}'` : expr.name;
      case "member":
        return concat(this.expression(expr.object, POSTFIX_PRECEDENCE), ".", identText(expr.member));
      case "index":
        return concat(
          this.expression(expr.object, POSTFIX_PRECEDENCE),
          this.list(expr.indices, { start: expr.object.span.end, end: expr.span.end }),
        );
      case "list":
        return this.list(expr.items, expr.span);
      case "call":
        return concat(identText(expr.callee), this.#arguments(expr.arguments, expr.callee.span.end, expr.span.end));
      case "configured":
        return this.#configured(expr);
      case "unary":
        return this.#unary(expr);
      case "if":
        return group(
          concat(
            "if ",
            this.expression(expr.condition),
            indent(concat(line, "then ", this.expression(expr.then), line, "else ", this.expression(expr.else))),
          ),
        );
      case "counted":
        return concat(identText(expr.word), " ", this.expression(expr.quantity, POSTFIX_PRECEDENCE));
      case "by":
        return concat(this.expression(expr.value, precedenceOf(expr)), ` ${expr.word} ${identText(expr.criterion)}`);
      case "over":
        return concat(this.expression(expr.value, precedenceOf(expr)), ` over ${identText(expr.dim)}`);
      case "range":
        return concat(this.#operand(expr.from, "..", "left"), "..", this.#operand(expr.to, "..", "right"));
      case "where":
        return concat(
          this.#operand(expr.source, "where", "left"),
          " where ",
          this.#operand(expr.condition, "where", "right"),
        );
      case "pipe":
      case "binary":
      case "compare-expr":
        return group(indent(this.#chain(expr, precedenceOf(expr))));
      case "error":
        throw new Error("a tree with errors cannot be printed");
    }
  }

  /** Operators of one strength break together: `|>` begins the new line, any other operator ends the old one. */
  #chain(expr: Chained, strength: number): Doc {
    if (expr.kind === "pipe") {
      return concat(this.#link(expr.source, strength), line, "|> ", this.expression(expr.stage, strength + 1));
    }
    const right = this.#operand(expr.right, expr.op, "right");
    const left =
      this.#bound(expr.op, "left") === strength
        ? this.#link(expr.left, strength)
        : this.#operand(expr.left, expr.op, "left");
    return concat(left, ` ${expr.op}`, line, right);
  }

  #link(expr: Expr, strength: number): Doc {
    const same = expr.kind === "pipe" || expr.kind === "binary" || expr.kind === "compare-expr";
    return same && precedenceOf(expr) === strength ? this.#chain(expr, strength) : this.expression(expr, strength);
  }

  #bound(op: string, side: "left" | "right"): number {
    const { precedence, associativity } = operatorSpec(op);
    return associativity === side ? precedence : precedence + 1;
  }

  #operand(expr: Expr, op: string, side: "left" | "right"): Doc {
    // `2 ^ -1` needs no parentheses: a sign after an operator can only belong to what follows it.
    const sign = op === "^" && side === "right" && expr.kind === "unary" && expr.op === "-";
    return this.expression(expr, sign ? 0 : this.#bound(op, side));
  }

  #unary(expr: Extract<Expr, { kind: "unary" }>): Doc {
    if (expr.op === "not") return concat("not ", this.expression(expr.operand, NOT_PRECEDENCE));
    return concat("-", this.expression(expr.operand, MINUS_PRECEDENCE + 1));
  }

  #configured(expr: Extract<Expr, { kind: "configured" }>): Doc {
    const { callee, options } = expr;
    const parts: Doc[] = [identText(callee)];
    if (expr.arguments.length > 0) parts.push(this.#arguments(expr.arguments, callee.span.end, options.span.start));
    return concat(...parts, " ", this.options(options));
  }

  #arguments(args: readonly Argument[], start: number, end: number): Doc {
    const items = args.map((arg): Item => ({ span: arg.span, print: () => this.#argument(arg) }));
    return enclosed("(", this.gather(items, { start, end }), ")");
  }

  #argument(arg: Argument): Doc {
    if (!arg.name) return this.expression(arg.value);
    if (arg.type) return concat(identText(arg.name), ": ", this.type(arg.type));
    return concat(identText(arg.name), " = ", this.expression(arg.value));
  }

  protected list(items: readonly Expr[], range: Span): Doc {
    return enclosed(
      "[",
      this.gather(
        items.map((item) => ({ span: item.span, print: () => this.expression(item) })),
        range,
      ),
      "]",
    );
  }

  options(options: Options): Doc {
    return braces(
      this.gather(
        options.entries.map((entry) => this.option(entry)),
        options.span,
        true,
      ),
    );
  }

  protected option(entry: Option): Item {
    return {
      span: entry.span,
      column: { kind: "option", width: entry.key.name.length },
      print: (pad) => concat(identText(entry.key), ":", pad, " ", this.expression(entry.value)),
    };
  }

  type(type: TypeExpr): Doc {
    switch (type.kind) {
      case "predictor-type":
        return concat("predictor(", join(", ", type.from.map(identText)), " -> ", identText(type.to), ")");
      case "scalar-type": {
        const parts: Doc[] = [identText(type.name)];
        if (type.unit) parts.push("<", unitText(type.unit), ">");
        if (type.dims.length > 0)
          parts.push(this.list(type.dims, { start: type.unit?.span.end ?? type.name.span.end, end: type.span.end }));
        return concat(...parts);
      }
      case "error-type":
        throw new Error("a tree with errors cannot be printed");
    }
  }

  protected gather(items: readonly Item[], range: Span, inline = false): Rows {
    return gather(items, range, this.source, this.book, inline);
  }
}

/** Units are written without spaces: `usd/MWh^2`. */
export function unitText(unit: Expr, weakest = 0): string {
  const text = ((): string => {
    switch (unit.kind) {
      case "name":
        return unit.primed ? `${unit.name}'` : unit.name;
      case "number":
        return unit.text;
      case "unary":
        return `-${unitText(unit.operand, POSTFIX_PRECEDENCE)}`;
      case "binary": {
        const { precedence, associativity } = operatorSpec(unit.op);
        const left = unitText(unit.left, associativity === "left" ? precedence : precedence + 1);
        return `${left}${unit.op}${unitText(unit.right, associativity === "right" ? precedence : precedence + 1)}`;
      }
      default:
        throw new Error(`a unit cannot hold a ${unit.kind}`);
    }
  })();
  // A sign is part of a factor, so it binds like one.
  return unit.kind === "binary" && precedenceOf(unit) < weakest ? `(${text})` : text;
}
