/** Declarations that name methods: how to train, solve, compare, stress and evaluate, and what is waived. */
import type { ParserMethod } from "chevrotain";
import type { Decl, EvaluateItem, Expr, MetricItem } from "../ast.ts";
import { Separator, T, W } from "../lexing/token-types.ts";
import { DataParser } from "./data-parser.ts";

export abstract class MethodParser extends DataParser {
  readonly train: ParserMethod<[], Decl> = this.RULE("train", (): Decl => {
    const first = this.CONSUME(W.train);
    const value = this.attemptExpr(() => this.SUBRULE(this.expression));
    return { kind: "train", span: this.spanFrom(first), ...this.docOf(first), value };
  });

  readonly solve: ParserMethod<[], Decl> = this.RULE("solve", (): Decl => {
    const first = this.CONSUME(W.solve);
    const value = this.attemptExpr(() => this.SUBRULE(this.expression));
    return { kind: "solve", span: this.spanFrom(first), ...this.docOf(first), value };
  });

  readonly compare: ParserMethod<[], Decl> = this.RULE("compare", (): Decl => {
    const first = this.CONSUME(W.compare);
    const methods = this.SUBRULE(this.methods);
    return { kind: "compare", span: this.spanFrom(first), ...this.docOf(first), methods };
  });

  /** Expressions separated by commas. */
  readonly methods: ParserMethod<[], Expr[]> = this.RULE("methods", (): Expr[] => {
    const methods: Expr[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: T.Comma,
      DEF: () => methods.push(this.attemptExpr(() => this.SUBRULE(this.expression))),
      ERR_MSG: "a value",
    });
    return methods;
  });

  readonly stress: ParserMethod<[], Decl> = this.RULE("stress", (): Decl => {
    const first = this.CONSUME(W.stress);
    const target = this.SUBRULE(this.name);
    this.CONSUME(W.with);
    const corruptions = this.SUBRULE(this.methods);
    return { kind: "stress", span: this.spanFrom(first), ...this.docOf(first), target, corruptions };
  });

  readonly waive: ParserMethod<[], Decl> = this.RULE("waive", (): Decl => {
    const first = this.CONSUME(W.waive);
    const assumption = this.SUBRULE(this.name);
    this.CONSUME(W.because);
    const because = this.SUBRULE(this.text);
    return { kind: "waive", span: this.spanFrom(first), ...this.docOf(first), assumption, because };
  });

  // ---- evaluation ------------------------------------------------------------------------------------------------

  readonly evaluate: ParserMethod<[], Decl> = this.RULE("evaluate", (): Decl => {
    const first = this.CONSUME(W.evaluate);
    const on = this.OPTION(() => {
      this.CONSUME(W.on);
      return this.SUBRULE(this.name);
    });
    this.CONSUME(T.LeftBrace);
    const items = this.items(this.evaluateItem, Separator);
    this.CONSUME(T.RightBrace);
    return { kind: "evaluate", span: this.spanFrom(first), ...this.docOf(first), ...(on ? { on } : {}), items };
  });

  readonly evaluateItem: ParserMethod<[], EvaluateItem> = this.RULE("evaluateItem", (): EvaluateItem =>
    this.OR<EvaluateItem>({
      ERR_MSG: "a metric or an option",
      MAX_LOOKAHEAD: 1,
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { GATE: () => this.at(T.Colon, 2) || this.at(T.Equal, 2), ALT: () => this.SUBRULE(this.optionEntry) },
        { ALT: () => this.SUBRULE(this.metric) },
      ],
    }),
  );

  /** `regret`, `regret hardest 25%`, `percentile [10%, 90%]`, `tail_w1 { worst: 10% }` */
  readonly metric: ParserMethod<[], MetricItem> = this.RULE("metric", (): MetricItem => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    const qualifier = this.OPTION({
      GATE: () => this.at(T.Number, 2) || this.at(T.LeftBracket, 2),
      DEF: () => this.SUBRULE2(this.name),
    });
    const value = this.OPTION2(() =>
      this.OR<Expr>([{ ALT: () => this.SUBRULE(this.number) }, { ALT: () => this.SUBRULE(this.list) }]),
    );
    const options = this.OPTION3(() => this.SUBRULE(this.options));
    return {
      kind: "metric",
      span: this.spanFrom(first),
      name,
      ...(qualifier ? { qualifier } : {}),
      ...(value ? { value } : {}),
      ...(options ? { options } : {}),
    };
  });
}
