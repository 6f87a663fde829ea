/** Expressions, options and types. */
import type { IToken, ParserMethod } from "chevrotain";
import type { Argument, ErrorExpr, Expr, Ident, Option, Options, TypeExpr } from "../ast.ts";
import { insideOf } from "../lexing/lexer.ts";
import { numberValue, textValue } from "../lexing/literals.ts";
import {
  Identifier,
  Infix,
  NamedInfix,
  Separator,
  spellingOf,
  T,
  UnitClose,
  UnitOpen,
  W,
} from "../lexing/token-types.ts";
import { MAX_CONDITIONALS, MAX_DEPTH } from "../limits.ts";
import { depthOf, groupChain, withDepth, withParentheses } from "./chain.ts";
import type { Chain, Operand, Operator, Prefix } from "./chain.ts";
import { RecoveringParser } from "./recovering-parser.ts";

export abstract class ExpressionParser extends RecoveringParser {
  #nesting = 0;
  /** Set while the source of a `data` declaration is read: there, outside of brackets, a brace may open the fields. */
  protected readingSource = false;
  /** Set with `readingSource` where that source is a task. */
  protected readingTask = false;

  override reset(): void {
    super.reset();
    this.#nesting = 0;
    this.readingSource = false;
  }

  readonly name: ParserMethod<[], Ident> = this.RULE("name", (): Ident => this.identOf(this.CONSUME(Identifier)));

  readonly text: ParserMethod<[], Expr & { kind: "string" }> = this.RULE("text", (): Expr & { kind: "string" } =>
    this.textOf(this.CONSUME(T.Text)),
  );

  // ---- expressions -----------------------------------------------------------------------------------------------

  readonly expression: ParserMethod<[], Expr> = this.RULE("expression", (): Expr => {
    const chain = this.SUBRULE(this.chain);
    return this.ACTION(() => groupChain(chain, (problem) => this.note(problem)));
  });

  /** Operands with operators between; grouped by the table of operators afterwards. */
  readonly chain: ParserMethod<[], Chain> = this.RULE("chain", (): Chain => {
    if (this.#nesting >= MAX_CONDITIONALS) return this.#refuse();
    this.#nesting += 1;
    try {
      return this.#links();
    } finally {
      this.#nesting -= 1;
    }
  });

  #links(): Chain {
    const operators: Operator[] = [];
    const operands: Operand[] = [this.SUBRULE(this.operand)];
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            const token = this.CONSUME(Infix);
            operators.push({ text: this.spelling(token), span: this.spanOfToken(token) });
            operands.push(this.SUBRULE2(this.operand));
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(NamedInfix);
            operators.push({ text: this.spelling(token), span: this.spanOfToken(token) });
            const { span, name, primed } = this.SUBRULE(this.name);
            operands.push({ prefixes: [], value: { kind: "name", span, name, primed } });
          },
        },
      ]);
    });
    return { operands, operators };
  }

  /** Brackets are limited by the layout; `if … else if …` nests without any. */
  #refuse(): Chain {
    const first = this.LA(1);
    this.report("nesting-too-deep", this.spanOfToken(first), { limit: MAX_CONDITIONALS });
    this.skipItem();
    return { operands: [{ prefixes: [], value: { kind: "error", span: this.spanFrom(first) } }], operators: [] };
  }

  readonly operand: ParserMethod<[], Operand> = this.RULE("operand", (): Operand => {
    const prefixes: Prefix[] = [];
    this.MANY(() => {
      this.OR([
        { ALT: () => prefixes.push({ op: "-", start: this.CONSUME(T.Minus).startOffset }) },
        { ALT: () => prefixes.push({ op: "not", start: this.CONSUME(W.not).startOffset }) },
      ]);
    });
    const first = this.LA(1);
    let value = this.SUBRULE(this.primary);
    this.MANY2(() => {
      const object = value;
      this.OR2([
        {
          ALT: () => {
            this.CONSUME(T.Dot);
            const member = this.SUBRULE(this.name);
            value = withDepth({ kind: "member", span: this.spanFrom(first), object, member }, [object]);
          },
        },
        {
          ALT: () => {
            const indices = this.SUBRULE(this.brackets);
            value = this.ACTION(() =>
              withDepth({ kind: "index", span: this.spanFrom(first), object, indices }, [object, ...indices]),
            );
          },
        },
      ]);
      value = this.#limited(value);
    });
    return { prefixes, value };
  });

  readonly primary: ParserMethod<[], Expr> = this.RULE("primary", (): Expr =>
    this.OR<Expr>({
      ERR_MSG: "a value",
      DEF: [
        { ALT: () => this.SUBRULE(this.number) },
        { ALT: () => this.SUBRULE(this.text) },
        { ALT: () => this.SUBRULE(this.date) },
        { ALT: () => this.SUBRULE(this.truth) },
        { ALT: () => this.SUBRULE(this.group) },
        { ALT: () => this.SUBRULE(this.list) },
        { ALT: () => this.SUBRULE(this.conditional) },
        { ALT: () => this.SUBRULE(this.reference) },
      ],
    }),
  );

  readonly number: ParserMethod<[], Expr> = this.RULE("number", (): Expr => {
    const token = this.CONSUME(T.Number);
    const text = token.image;
    return {
      kind: "number",
      span: this.spanOfToken(token),
      value: numberValue(text) ?? 0,
      percent: text.endsWith("%"),
      text,
    };
  });

  readonly date: ParserMethod<[], Expr> = this.RULE("date", (): Expr => {
    const token = this.CONSUME(T.Date);
    return { kind: "date", span: this.spanOfToken(token), value: token.image };
  });

  readonly truth: ParserMethod<[], Expr> = this.RULE("truth", (): Expr => {
    const token = this.OR([{ ALT: () => this.CONSUME(W.true) }, { ALT: () => this.CONSUME(W.false) }]);
    return { kind: "bool", span: this.spanOfToken(token), value: token.image === "true" };
  });

  /** Parentheses group and leave no trace in the tree; the printer puts them back where they are needed. */
  readonly group: ParserMethod<[], Expr> = this.RULE("group", (): Expr => {
    const first = this.CONSUME(T.LeftParen);
    const value = this.attemptExpr(() => this.SUBRULE(this.expression));
    this.closeWith(")");
    this.CONSUME(T.RightParen);
    return this.ACTION(() => withParentheses(value, this.spanFrom(first)));
  });

  readonly list: ParserMethod<[], Expr> = this.RULE("list", (): Expr => {
    const first = this.LA(1);
    const items = this.SUBRULE(this.brackets);
    return this.ACTION(() => withDepth({ kind: "list", span: this.spanFrom(first), items }, items));
  });

  readonly brackets: ParserMethod<[], Expr[]> = this.RULE("brackets", (): Expr[] => {
    this.CONSUME(T.LeftBracket);
    const items = this.items(this.value, T.Comma);
    this.CONSUME(T.RightBracket);
    return items;
  });

  readonly conditional: ParserMethod<[], Expr> = this.RULE("conditional", (): Expr => {
    const first = this.CONSUME(W.if);
    const condition = this.SUBRULE(this.expression);
    this.CONSUME(W.then);
    const then = this.SUBRULE2(this.expression);
    this.CONSUME(W.else);
    const otherwise = this.SUBRULE3(this.expression);
    return this.ACTION(() =>
      // oxlint-disable-next-line unicorn/no-thenable -- a node, never a function: `await` leaves it alone
      withDepth({ kind: "if", span: this.spanFrom(first), condition, then, else: otherwise }, [
        condition,
        then,
        otherwise,
      ]),
    );
  });

  /** A name, a call, or either with options. */
  readonly reference: ParserMethod<[], Expr> = this.RULE("reference", (): Expr => {
    const token = this.CONSUME(Identifier);
    const args = this.OPTION(() => this.SUBRULE(this.arguments));
    const options = this.OPTION2({
      GATE: () => !this.readingSource || this.#nesting > 1 || this.#optionsAhead(),
      DEF: () => this.SUBRULE(this.options),
    });
    return this.ACTION(() => this.#referenceOf(token, args, options));
  });

  #referenceOf(token: IToken, args: readonly Argument[] | undefined, options: Options | undefined): Expr {
    const callee = this.identOf(token);
    const span = this.spanFrom(token);
    if (args) this.#checkLevel(callee, args);
    const children = [...(args ?? []).map((arg) => arg.value), ...(options?.entries ?? []).map((entry) => entry.value)];
    if (options) return withDepth({ kind: "configured", span, callee, arguments: args ?? [], options }, children);
    if (args) return withDepth({ kind: "call", span, callee, arguments: args }, children);
    return { kind: "name", span, name: callee.name, primed: callee.primed };
  }

  /** A level and a tail are both in use, so a bare number says neither. */
  #checkLevel(callee: Ident, args: readonly Argument[]): void {
    if (callee.name !== "cvar" && callee.name !== "var") return;
    const bare = args.slice(1).find((arg) => !arg.name && arg.value.kind === "number");
    if (bare?.value.kind !== "number") return;
    this.note({ code: "bare-level", span: bare.span, args: { callee: callee.name, text: bare.value.text } });
  }

  readonly arguments: ParserMethod<[], Argument[]> = this.RULE("arguments", (): Argument[] => {
    this.CONSUME(T.LeftParen);
    const list = this.items(this.argument, T.Comma);
    this.CONSUME(T.RightParen);
    return list;
  });

  /** `value`, `name = value`, or `name: type`. */
  readonly argument: ParserMethod<[], Argument> = this.RULE("argument", (): Argument => {
    const first = this.LA(1);
    return this.OR<Argument>({
      ERR_MSG: "a value",
      MAX_LOOKAHEAD: 1,
      IGNORE_AMBIGUITIES: true,
      DEF: [
        {
          GATE: () => this.at(T.Colon, 2),
          ALT: () => {
            const name = this.SUBRULE(this.name);
            const colon = this.CONSUME(T.Colon);
            if (this.#valueAfterColon()) {
              this.report("colon-for-equals", this.spanOfToken(colon), { key: name.name, text: this.LA(1).image });
              const value = this.SUBRULE3(this.value);
              return { kind: "argument", span: this.spanFrom(first), name, value };
            }
            const type = this.SUBRULE(this.type);
            const value: Expr = { kind: "name", span: name.span, name: name.name, primed: name.primed };
            return { kind: "argument", span: this.spanFrom(first), name, type, value };
          },
        },
        {
          GATE: () => this.at(T.Equal, 2),
          ALT: () => {
            const name = this.SUBRULE2(this.name);
            this.CONSUME(T.Equal);
            const value = this.attemptExpr(() => this.SUBRULE(this.value));
            return { kind: "argument", span: this.spanFrom(first), name, value };
          },
        },
        {
          ALT: () => {
            const value = this.attemptExpr(() => this.SUBRULE2(this.value));
            return { kind: "argument", span: this.spanFrom(first), value };
          },
        },
      ],
    });
  });

  #valueAfterColon(): boolean {
    return this.at(T.Number) || this.at(T.Text) || this.at(T.Minus) || this.at(T.LeftBracket);
  }

  /** What an option, an argument or a list holds: an expression, or a word with a quantity (`first 3`, `gap 1%`). */
  readonly value: ParserMethod<[], Expr> = this.RULE("value", (): Expr =>
    this.OR<Expr>({
      ERR_MSG: "a value",
      MAX_LOOKAHEAD: 1,
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { GATE: () => this.at(T.Number, 2) && this.isIdentifier(this.LA(1)), ALT: () => this.SUBRULE(this.counted) },
        { ALT: () => this.SUBRULE(this.expression) },
      ],
    }),
  );

  readonly counted: ParserMethod<[], Expr> = this.RULE("counted", (): Expr => {
    const first = this.LA(1);
    const word = this.SUBRULE(this.name);
    const quantity = this.SUBRULE(this.number);
    return { kind: "counted", span: this.spanFrom(first), word, quantity };
  });

  // ---- options ---------------------------------------------------------------------------------------------------

  readonly options: ParserMethod<[], Options> = this.RULE("options", (): Options => {
    const first = this.CONSUME(T.LeftBrace);
    const entries = this.items(this.optionEntry, Separator);
    this.CONSUME(T.RightBrace);
    return { kind: "options", span: this.spanFrom(first), entries };
  });

  readonly optionEntry: ParserMethod<[], Option> = this.RULE("optionEntry", (): Option => {
    const first = this.LA(1);
    const key = this.SUBRULE(this.name);
    const value = this.attempt<Expr | ErrorExpr>(
      () => {
        if (this.at(T.Equal)) {
          this.report("equals-for-colon", this.spanOfToken(this.LA(1)), { key: key.name });
          this.step();
        } else this.CONSUME(T.Colon);
        return this.SUBRULE(this.value);
      },
      (span) => ({ kind: "error", span }),
    );
    return { kind: "option", span: this.spanFrom(first), key, value };
  });

  /** Whether the brace ahead opens options (`{ key: …`, or an empty one of a task) rather than fields (`{ role name: …`). */
  #optionsAhead(): boolean {
    if (this.at(T.RightBrace, 2)) return this.readingTask || this.at(T.LeftBrace, 3);
    return this.isIdentifier(this.LA(2)) && (this.at(T.Colon, 3) || this.at(T.Equal, 3));
  }

  // ---- types -----------------------------------------------------------------------------------------------------

  readonly type: ParserMethod<[], TypeExpr> = this.RULE("type", (): TypeExpr => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    const signature = this.OPTION({
      GATE: () => this.LA(0).image === "predictor",
      DEF: () => this.SUBRULE(this.signature),
    });
    const unit = this.OPTION2(() => {
      this.CONSUME(UnitOpen);
      const value = this.SUBRULE(this.unit);
      this.CONSUME(UnitClose);
      return value;
    });
    if (this.at(T.Less)) {
      this.report("unclosed-unit", this.spanOfToken(this.LA(1)));
      while (!this.atItemEnd() && !this.at(T.Equal)) this.step();
    }
    const dims = this.OPTION3(() => this.SUBRULE(this.brackets));
    return this.ACTION((): TypeExpr => {
      const span = this.spanFrom(first);
      if (signature) return { kind: "predictor-type", span, ...signature };
      return { kind: "scalar-type", span, name, ...(unit ? { unit } : {}), dims: dims ?? [] };
    });
  });

  /** `(y -> horizon)` */
  readonly signature: ParserMethod<[], { from: Ident[]; to: Ident }> = this.RULE(
    "signature",
    (): { from: Ident[]; to: Ident } => {
      const from: Ident[] = [];
      this.CONSUME(T.LeftParen);
      this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => from.push(this.SUBRULE(this.name)) });
      this.CONSUME(T.Arrow);
      const to = this.SUBRULE2(this.name);
      this.CONSUME(T.RightParen);
      return { from, to };
    },
  );

  /** Products, quotients and powers of units, from left to right. */
  readonly unit: ParserMethod<[], Expr> = this.RULE("unit", (): Expr => {
    const operands: Operand[] = [{ prefixes: [], value: this.SUBRULE(this.unitFactor) }];
    const operators: Operator[] = [];
    this.MANY(() => {
      const token = this.OR([
        { ALT: () => this.CONSUME(T.Star) },
        { ALT: () => this.CONSUME(T.Slash) },
        { ALT: () => this.CONSUME(T.Caret) },
      ]);
      operators.push({ text: this.spelling(token), span: this.spanOfToken(token) });
      operands.push({ prefixes: [], value: this.SUBRULE2(this.unitFactor) });
    });
    return this.ACTION(() => groupChain({ operands, operators }, (problem) => this.note(problem)));
  });

  readonly unitFactor: ParserMethod<[], Expr> = this.RULE("unitFactor", (): Expr => {
    const first = this.LA(1);
    const minus = this.OPTION(() => this.CONSUME(T.Minus));
    const value = this.OR<Expr>({
      ERR_MSG: "a unit",
      DEF: [
        { ALT: () => this.SUBRULE(this.number) },
        {
          ALT: () => {
            const { span, name, primed } = this.SUBRULE(this.name);
            return { kind: "name", span, name, primed };
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.LeftParen);
            const inner = this.SUBRULE(this.unit);
            this.CONSUME(T.RightParen);
            return inner;
          },
        },
      ],
    });
    if (!minus) return value;
    return { kind: "unary", span: this.spanFrom(first), op: "-", operand: value };
  });

  /** Not the image: an operator of another language is reported and read as ours. */
  protected spelling(token: IToken): string {
    return this.RECORDING_PHASE ? "" : spellingOf(token.tokenType);
  }

  // ---- helpers ---------------------------------------------------------------------------------------------------

  protected textOf(token: IToken): Expr & { kind: "string" } {
    return { kind: "string", span: this.spanOfToken(token), value: textValue(insideOf(token.image)).value };
  }

  /** Reports and skips whatever stands before a closing bracket. */
  protected closeWith(bracket: string): void {
    if (this.RECORDING_PHASE || this.LA(1).tokenType.LABEL === `\`${bracket}\``) return;
    this.reportNext(`\`${bracket}\``);
    while (this.LA(1).tokenType.LABEL !== `\`${bracket}\`` && !this.atEndOfAll()) this.stepOver();
  }

  #limited(value: Expr): Expr {
    if (depthOf(value) <= MAX_DEPTH) return value;
    this.report("nesting-too-deep", value.span, { limit: MAX_DEPTH });
    return { kind: "error", span: value.span };
  }
}
