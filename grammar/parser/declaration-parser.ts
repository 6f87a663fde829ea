/** Declarations, except those that describe data (`data-parser.ts`) or name methods (`method-parser.ts`). */
import type { IToken, ParserMethod } from "chevrotain";
import type { Constraint, Decl, DecisionGroup, Expr, Ident, Parameter, RelationOp } from "../ast.ts";
import { Relation, Separator, T, W } from "../lexing/token-types.ts";
import { splitRelations } from "./chain.ts";
import type { Chain } from "./chain.ts";
import { MethodParser } from "./method-parser.ts";
import { quoted } from "./explain.ts";

export abstract class DeclarationParser extends MethodParser {
  // ---- shared pieces ---------------------------------------------------------------------------------------------

  readonly parameters: ParserMethod<[], Parameter[]> = this.RULE("parameters", (): Parameter[] => {
    this.CONSUME(T.LeftParen);
    const list = this.items(this.parameter, T.Comma);
    this.CONSUME(T.RightParen);
    return list;
  });

  readonly parameter: ParserMethod<[], Parameter> = this.RULE("parameter", (): Parameter => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    const type = this.OPTION(() => this.SUBRULE(this.annotation));
    const value = this.OPTION2(() => this.SUBRULE(this.definition));
    return {
      kind: "parameter",
      span: this.spanFrom(first),
      name,
      ...(type ? { type } : {}),
      ...(value ? { value } : {}),
    };
  });

  /** Names in parentheses, or separated by commas without. */
  readonly names: ParserMethod<[], Ident[]> = this.RULE("names", (): Ident[] => {
    const names: Ident[] = [];
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.LeftParen);
          this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => names.push(this.SUBRULE(this.name)) });
          this.CONSUME(T.RightParen);
        },
      },
      { ALT: () => this.AT_LEAST_ONE_SEP2({ SEP: T.Comma, DEF: () => names.push(this.SUBRULE2(this.name)) }) },
    ]);
    return names;
  });

  /** `| x, y` */
  readonly given: ParserMethod<[], Ident[]> = this.RULE("given", (): Ident[] => {
    this.CONSUME(T.Bar);
    return this.SUBRULE(this.names);
  });

  // ---- names with values -----------------------------------------------------------------------------------------

  readonly dim: ParserMethod<[], Decl> = this.RULE("dim", (): Decl => {
    const first = this.CONSUME(W.dim);
    const name = this.SUBRULE(this.name);
    const value = this.attemptExpr(() => this.SUBRULE(this.definition));
    return { kind: "dim", span: this.spanFrom(first), ...this.docOf(first), name, value };
  });

  readonly unitDecl: ParserMethod<[], Decl> = this.RULE("unitDecl", (): Decl => {
    const first = this.CONSUME(W.unit);
    const name = this.SUBRULE(this.name);
    const value = this.OPTION(() => this.attemptExpr(() => this.SUBRULE(this.definition)));
    return { kind: "unit", span: this.spanFrom(first), ...this.docOf(first), name, ...(value ? { value } : {}) };
  });

  readonly param: ParserMethod<[], Decl> = this.RULE("param", (): Decl => {
    const first = this.CONSUME(W.param);
    const name = this.SUBRULE(this.name);
    const type = this.OPTION(() => this.SUBRULE(this.annotation));
    const value = this.attemptExpr(() => this.SUBRULE(this.definition));
    return { kind: "param", span: this.spanFrom(first), ...this.docOf(first), name, ...(type ? { type } : {}), value };
  });

  readonly seed: ParserMethod<[], Decl> = this.RULE("seed", (): Decl => {
    const first = this.CONSUME(W.seed);
    const value = this.attemptExpr(() => this.SUBRULE(this.expression));
    return { kind: "seed", span: this.spanFrom(first), ...this.docOf(first), value };
  });

  readonly fn: ParserMethod<[], Decl> = this.RULE("fn", (): Decl => {
    const first = this.CONSUME(W.fn);
    const name = this.SUBRULE(this.name);
    const parameters = this.SUBRULE(this.parameters);
    const result = this.OPTION(() => this.SUBRULE(this.annotation));
    const body = this.attemptExpr(() => this.SUBRULE(this.definition));
    const head = { kind: "fn", span: this.spanFrom(first), ...this.docOf(first) } as const;
    return { ...head, name, parameters, ...(result ? { result } : {}), body };
  });

  readonly set: ParserMethod<[], Decl> = this.RULE("set", (): Decl => {
    const first = this.CONSUME(W.set);
    const name = this.SUBRULE(this.name);
    const parameters = this.SUBRULE(this.parameters);
    const constraints = this.SUBRULE(this.constraints);
    return { kind: "set", span: this.spanFrom(first), ...this.docOf(first), name, parameters, constraints };
  });

  readonly preset: ParserMethod<[], Decl> = this.RULE("preset", (): Decl => {
    const first = this.CONSUME(W.preset);
    const name = this.SUBRULE(this.name);
    const value = this.attemptExpr(() => this.SUBRULE(this.definition));
    return { kind: "preset", span: this.spanFrom(first), ...this.docOf(first), name, value };
  });

  readonly graph: ParserMethod<[], Decl> = this.RULE("graph", (): Decl => {
    const first = this.CONSUME(W.graph);
    const name = this.SUBRULE(this.name);
    const value = this.attemptExpr(() => this.SUBRULE(this.definition));
    return { kind: "graph", span: this.spanFrom(first), ...this.docOf(first), name, value };
  });

  // ---- stages ----------------------------------------------------------------------------------------------------

  readonly stages: ParserMethod<[], Decl> = this.RULE("stages", (): Decl => {
    const first = this.CONSUME(W.stages);
    const name = this.SUBRULE(this.name);
    const value = this.attemptExpr(() => this.SUBRULE(this.definition));
    return { kind: "stages", span: this.spanFrom(first), ...this.docOf(first), name, value };
  });

  readonly state: ParserMethod<[], Decl> = this.RULE("state", (): Decl => {
    const first = this.CONSUME(W.state);
    const name = this.SUBRULE(this.name);
    const type = this.SUBRULE(this.annotation);
    const range = this.OPTION(() => {
      this.CONSUME(W.in);
      return this.attemptExpr(() => this.SUBRULE(this.expression));
    });
    const initially = this.OPTION2(() => {
      this.OPTION3(() => this.CONSUME(T.Comma));
      this.CONSUME(W.initially);
      return this.attemptExpr(() => this.SUBRULE2(this.expression));
    });
    const head = { kind: "state", span: this.spanFrom(first), ...this.docOf(first), name, type } as const;
    return { ...head, ...(range ? { range } : {}), ...(initially ? { initially } : {}) };
  });

  readonly stage: ParserMethod<[], Decl> = this.RULE("stage", (): Decl => {
    const first = this.CONSUME(W.stage);
    const name = this.SUBRULE(this.name);
    const observing = this.OPTION(() => {
      this.CONSUME(W.observing);
      return this.SUBRULE(this.names);
    });
    const declarations = this.SUBRULE(this.block);
    const head = { kind: "stage", span: this.spanFrom(first), ...this.docOf(first), name } as const;
    return { ...head, observing: observing ?? [], declarations };
  });

  /** Declarations in braces. */
  readonly block: ParserMethod<[], Decl[]> = this.RULE("block", (): Decl[] => {
    this.CONSUME(T.LeftBrace);
    const declarations = this.SUBRULE(this.declarations);
    this.CONSUME(T.RightBrace);
    return declarations;
  });

  abstract readonly declarations: ParserMethod<[], Decl[]>;

  readonly nextDecl: ParserMethod<[], Decl> = this.RULE("nextDecl", (): Decl => {
    const first = this.CONSUME(W.next);
    const name = this.SUBRULE(this.name);
    const value = this.attemptExpr(() => this.SUBRULE(this.definition));
    return { kind: "next", span: this.spanFrom(first), ...this.docOf(first), name, value };
  });

  // ---- decisions and constraints ---------------------------------------------------------------------------------

  readonly decision: ParserMethod<[], Decl> = this.RULE("decision", (): Decl => {
    const first = this.CONSUME(W.decision);
    const groups: DecisionGroup[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => groups.push(this.SUBRULE(this.decisionGroup)) });
    return { kind: "decision", span: this.spanFrom(first), ...this.docOf(first), groups };
  });

  readonly decisionGroup: ParserMethod<[], DecisionGroup> = this.RULE("decisionGroup", (): DecisionGroup => {
    const first = this.LA(1);
    const names: Ident[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => names.push(this.SUBRULE(this.name)) });
    const type = this.OPTION(() => this.SUBRULE(this.annotation));
    const domain = this.OPTION2(() => {
      this.CONSUME(W.in);
      return this.attempt<Chain>(
        () => this.SUBRULE(this.chain),
        (span) => ({ operands: [{ prefixes: [], value: { kind: "error", span } }], operators: [] }),
      );
    });
    const bounds: { op: RelationOp; value: Expr; span: { start: number; end: number } }[] = [];
    this.MANY(() => {
      const relation = this.CONSUME(Relation);
      const chain = this.attempt<Chain | null>(
        () => this.SUBRULE2(this.chain),
        () => null,
      );
      this.ACTION(() => {
        if (chain) bounds.push(...this.#boundsOf(relation, chain));
      });
    });
    const value = this.OPTION3(() => this.attemptExpr(() => this.SUBRULE(this.definition)));
    return this.ACTION((): DecisionGroup => {
      const parts = domain && splitRelations(domain, (problem) => this.note(problem));
      const inline = (parts?.relations ?? []).map(({ op, right }) => ({ op, value: right, span: right.span }));
      return {
        kind: "decision-group",
        span: this.spanFrom(first),
        names,
        ...(type ? { type } : {}),
        ...(parts ? { domain: parts.first } : {}),
        bounds: [...inline, ...bounds],
        ...(value ? { value } : {}),
      };
    });
  });

  /** `>= 0 <= cap` is read as one relation and a chain that holds the other. */
  #boundsOf(relation: IToken, chain: Chain): { op: RelationOp; value: Expr; span: { start: number; end: number } }[] {
    const { first, relations } = splitRelations(chain, (problem) => this.note(problem));
    const start = relation.startOffset;
    const op = relationOf(this.spelling(relation));
    return [
      { op, value: first, span: { start, end: first.span.end } },
      ...relations.map((part) => ({ op: part.op, value: part.right, span: part.right.span })),
    ];
  }

  readonly subjectTo: ParserMethod<[], Decl> = this.RULE("subjectTo", (): Decl => {
    const first = this.CONSUME(W.subject);
    this.CONSUME(W.to);
    const constraints = this.SUBRULE(this.constraints);
    return { kind: "subject-to", span: this.spanFrom(first), ...this.docOf(first), constraints };
  });

  readonly constraints: ParserMethod<[], Constraint[]> = this.RULE("constraints", (): Constraint[] => {
    this.CONSUME(T.LeftBrace);
    const list = this.items(this.constraint, Separator);
    this.CONSUME(T.RightBrace);
    return list;
  });

  /** `label: lhs <= rhs`; a chain of relations is read here and nowhere else. */
  readonly constraint: ParserMethod<[], Constraint> = this.RULE("constraint", (): Constraint => {
    const first = this.LA(1);
    const label = this.OPTION({
      GATE: () => this.at(T.Colon, 2),
      DEF: () => {
        const name = this.SUBRULE(this.name);
        this.CONSUME(T.Colon);
        return name;
      },
    });
    const chain = this.SUBRULE(this.chain);
    const { first: left, relations } = this.ACTION(() => this.#relationsOf(chain, first)) ?? {
      first: undefined,
      relations: [],
    };
    return { kind: "constraint", span: this.spanFrom(first), ...(label ? { label } : {}), first: left, relations };
  });

  #relationsOf(chain: Chain, start: IToken): ReturnType<typeof splitRelations> {
    const parts = splitRelations(chain, (problem) => this.note(problem));
    if (this.at(T.Equal)) {
      this.report("single-equals", this.spanOfToken(this.LA(1)));
      this.step();
      const right = this.attemptExpr(() => this.SUBRULE(this.expression));
      return { first: parts.first, relations: [...parts.relations, { op: "==", right }] };
    }
    const known = parts.first.kind === "compare-expr" || parts.first.kind === "error";
    if (parts.relations.length === 0 && !known && this.atItemEnd()) {
      const continuation = start.tokenType === T.Minus || start.tokenType === T.LeftParen;
      if (continuation) this.report("line-begins-new-item", this.spanOfToken(start), { found: quoted(start) });
      else this.report("not-a-constraint", parts.first.span);
    }
    return parts;
  }

  // ---- loss, risk, uncertainty -----------------------------------------------------------------------------------

  readonly loss: ParserMethod<[], Decl> = this.RULE("loss", (): Decl => {
    const first = this.CONSUME(W.loss);
    const name = this.OPTION(() => this.SUBRULE(this.name));
    const parameters = this.OPTION2(() => this.SUBRULE(this.lossParameters));
    const value = this.attemptExpr(() => this.SUBRULE(this.definition));
    return {
      kind: "loss",
      span: this.spanFrom(first),
      ...this.docOf(first),
      ...(name ? { name } : {}),
      parameters: parameters?.decision ?? [],
      dataParameters: parameters?.data ?? [],
      value,
    };
  });

  /** `(z, s)`, or `(f; y, horizon)` */
  readonly lossParameters: ParserMethod<[], { decision: Ident[]; data: Ident[] }> = this.RULE(
    "lossParameters",
    (): { decision: Ident[]; data: Ident[] } => {
      const decision: Ident[] = [];
      const data: Ident[] = [];
      this.CONSUME(T.LeftParen);
      this.MANY_SEP({ SEP: T.Comma, DEF: () => decision.push(this.SUBRULE(this.name)) });
      this.OPTION(() => {
        this.CONSUME(T.Semicolon);
        this.MANY_SEP2({ SEP: T.Comma, DEF: () => data.push(this.SUBRULE2(this.name)) });
      });
      this.CONSUME(T.RightParen);
      return { decision, data };
    },
  );

  readonly risk: ParserMethod<[], Decl> = this.RULE("risk", (): Decl => {
    const first = this.CONSUME(W.risk);
    const value = this.attemptExpr(() => this.SUBRULE(this.expression));
    return { kind: "risk", span: this.spanFrom(first), ...this.docOf(first), value };
  });

  readonly uncertainty: ParserMethod<[], Decl> = this.RULE("uncertainty", (): Decl => {
    const first = this.CONSUME(W.uncertainty);
    const targets = this.SUBRULE(this.names);
    const given = this.OPTION(() => this.SUBRULE(this.given));
    const generator = this.attemptExpr(() => {
      this.CONSUME(T.Tilde);
      return this.SUBRULE(this.expression);
    });
    const head = { kind: "uncertainty", span: this.spanFrom(first), ...this.docOf(first) } as const;
    return { ...head, targets, given: given ?? [], generator };
  });

  readonly ambiguity: ParserMethod<[], Decl> = this.RULE("ambiguity", (): Decl => {
    const first = this.CONSUME(W.ambiguity);
    const value = this.attemptExpr(() => this.SUBRULE(this.expression));
    const each = this.OPTION(() => {
      this.CONSUME(W.each);
      return this.CONSUME(W.stage);
    });
    const via = this.OPTION2(() => {
      this.CONSUME(W.via);
      return this.attemptExpr(() => this.SUBRULE2(this.expression));
    });
    const lift = this.OPTION3(() => {
      this.CONSUME(W.lift);
      return this.attemptExpr(() => this.SUBRULE3(this.expression));
    });
    return {
      kind: "ambiguity",
      span: this.spanFrom(first),
      ...this.docOf(first),
      value,
      eachStage: each !== undefined,
      ...(via ? { via } : {}),
      ...(lift ? { lift } : {}),
    };
  });

  readonly observe: ParserMethod<[], Decl> = this.RULE("observe", (): Decl => {
    const first = this.CONSUME(W.observe);
    const name = this.SUBRULE(this.name);
    const value = this.attemptExpr(() => this.SUBRULE(this.definition));
    return { kind: "observe", span: this.spanFrom(first), ...this.docOf(first), name, value };
  });

  readonly infer: ParserMethod<[], Decl> = this.RULE("infer", (): Decl => {
    const first = this.CONSUME(W.infer);
    const target = this.SUBRULE(this.name);
    const given = this.OPTION(() => this.SUBRULE(this.given));
    const by = this.attemptExpr(() => {
      this.CONSUME(W.by);
      return this.SUBRULE(this.expression);
    });
    return { kind: "infer", span: this.spanFrom(first), ...this.docOf(first), target, given: given ?? [], by };
  });
}

function relationOf(image: string): RelationOp {
  switch (image) {
    case "<=":
    case ">=":
    case "<":
    case ">":
    case "!=":
      return image;
    default:
      return "==";
  }
}
