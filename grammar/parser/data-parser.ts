/** Data: sources, fields and splits. */
import type { ParserMethod } from "chevrotain";
import type { DataSource, Decl, Expr, FieldDecl, SplitDecl, TaskDecl, TypeExpr } from "../ast.ts";
import { Separator, T, W } from "../lexing/token-types.ts";
import { ExpressionParser } from "./expression-parser.ts";

export abstract class DataParser extends ExpressionParser {
  /** `: type` */
  readonly annotation: ParserMethod<[], TypeExpr> = this.RULE("annotation", (): TypeExpr => {
    this.CONSUME(T.Colon);
    return this.SUBRULE(this.type);
  });

  /** `= value` */
  readonly definition: ParserMethod<[], Expr> = this.RULE("definition", (): Expr => {
    this.CONSUME(T.Equal);
    return this.SUBRULE(this.expression);
  });

  readonly data: ParserMethod<[], Decl> = this.RULE("data", (): Decl => {
    const first = this.CONSUME(W.data);
    const name = this.SUBRULE(this.name);
    const source = this.attempt<DataSource>(
      () => {
        this.CONSUME(T.Equal);
        return this.SUBRULE(this.source);
      },
      (span) => ({ kind: "data-source", span, synthetic: false, value: { kind: "error", span } }),
    );
    const members = this.OPTION(() => this.SUBRULE(this.fields)) ?? [];
    return this.ACTION((): Decl => {
      const fields = members.filter((member) => member.kind === "field");
      const splits = members.filter((member) => member.kind === "split");
      return { kind: "data", span: this.spanFrom(first), ...this.docOf(first), name, source, fields, splits };
    });
  });

  /** A brace after the source's name opens its options if it holds `key: value`, and the fields otherwise. */
  readonly source: ParserMethod<[], DataSource> = this.RULE("source", (): DataSource => {
    const first = this.LA(1);
    const synthetic = this.OPTION({
      GATE: () => this.isIdentifier(this.LA(2)),
      DEF: () => this.CONSUME(W.synthetic),
    });
    this.readingSource = true;
    this.readingTask = synthetic !== undefined;
    try {
      const value = this.SUBRULE(this.expression);
      return { kind: "data-source", span: this.spanFrom(first), synthetic: synthetic !== undefined, value };
    } finally {
      this.readingSource = false;
    }
  });

  readonly fields: ParserMethod<[], (FieldDecl | SplitDecl)[]> = this.RULE("fields", (): (FieldDecl | SplitDecl)[] => {
    this.CONSUME(T.LeftBrace);
    const members = this.items(this.member, Separator);
    this.CONSUME(T.RightBrace);
    return members;
  });

  readonly member: ParserMethod<[], FieldDecl | SplitDecl> = this.RULE("member", (): FieldDecl | SplitDecl =>
    this.OR<FieldDecl | SplitDecl>({
      ERR_MSG: "a field or `split`",
      MAX_LOOKAHEAD: 1,
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { GATE: () => !this.at(T.Colon, 3), ALT: () => this.SUBRULE(this.split) },
        { ALT: () => this.SUBRULE(this.field) },
      ],
    }),
  );

  /** `role name: type [-> name: type] [in range] [per stage] [= value]` */
  readonly field: ParserMethod<[], FieldDecl> = this.RULE("field", (): FieldDecl => {
    const first = this.LA(1);
    const role = this.SUBRULE(this.name);
    const name = this.SUBRULE2(this.name);
    const type = this.attempt<TypeExpr>(
      () => {
        this.CONSUME(T.Colon);
        return this.SUBRULE(this.type);
      },
      (span) => ({ kind: "error-type", span }),
    );
    const horizon = this.OPTION(() => {
      this.CONSUME(T.Arrow);
      const target = this.SUBRULE3(this.name);
      return { name: target, type: this.SUBRULE(this.annotation) };
    });
    const range = this.OPTION2(() => {
      this.CONSUME(W.in);
      return this.attemptExpr(() => this.SUBRULE(this.expression));
    });
    const per = this.OPTION3(() => {
      this.CONSUME(W.per);
      return this.SUBRULE4(this.name);
    });
    const value = this.OPTION4(() => this.attemptExpr(() => this.SUBRULE(this.definition)));
    return {
      kind: "field",
      span: this.spanFrom(first),
      ...this.docOf(first),
      role,
      name,
      type,
      ...(range ? { range } : {}),
      ...(horizon ? { horizon } : {}),
      ...(per ? { per } : {}),
      ...(value ? { value } : {}),
    };
  });

  /** `split chronological { … }`, `split by zone { … }` */
  readonly split: ParserMethod<[], SplitDecl> = this.RULE("split", (): SplitDecl => {
    const first = this.CONSUME(W.split);
    const rule = this.SUBRULE(this.name);
    const column = this.OPTION(() => this.SUBRULE2(this.name));
    const parts = this.SUBRULE(this.options);
    const head = { kind: "split", span: this.spanFrom(first), ...this.docOf(first), rule } as const;
    return { ...head, ...(column ? { column } : {}), parts };
  });

  /** A task has fields and no split: its options say how many rows each part has. */
  protected taskOf(head: Omit<TaskDecl, "fields">, members: readonly (FieldDecl | SplitDecl)[]): TaskDecl {
    const split = members.find((member) => member.kind === "split");
    if (split)
      this.report("unexpected-token", split.span, { found: "`split`", hint: "delete it: a task draws its own parts" });
    return { ...head, fields: members.filter((member) => member.kind === "field") };
  }
}
