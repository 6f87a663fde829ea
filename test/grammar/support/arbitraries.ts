/** Random syntax trees, with every kind of node, that the grammar can write down. */
import * as fc from "fast-check";
import type {
  Argument,
  Constraint,
  Decl,
  DecisionGroup,
  EvaluateItem,
  Expr,
  FieldDecl,
  Ident,
  ModelDecl,
  Option,
  Options,
  Parameter,
  SourceFile,
  SplitDecl,
  TypeExpr,
} from "../../../grammar/index.ts";

const span = { start: 0, end: 0 };
/** Leaves a key out where its value is `undefined`, as the parser does. */
function some<O extends object>(object: O): O {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as O;
}
const maybe = <V>(arbitrary: fc.Arbitrary<V>): fc.Arbitrary<V | undefined> => fc.option(arbitrary, { nil: undefined });

/** Names, among them words that are special elsewhere. */
const nameText = fc.oneof(
  fc.stringMatching(/^[a-z_][a-zA-Z0-9_]{0,8}$/).filter((text) => !RESERVED.has(text)),
  fc.constantFrom(
    "price",
    "level",
    "index",
    "state",
    "loss",
    "next",
    "by",
    "on",
    "over",
    "to",
    "from",
    "split",
    "each",
    "stage",
    "per",
    "where",
    "set",
  ),
);
const RESERVED = new Set(["in", "and", "or", "not", "if", "then", "else", "true", "false"]);
const ident: fc.Arbitrary<Ident> = fc.record({
  kind: fc.constant("ident" as const),
  span: fc.constant(span),
  name: nameText,
  primed: fc.boolean(),
});
const number: fc.Arbitrary<Expr> = fc
  .oneof(
    fc.nat({ max: 1_000_000 }).map(String),
    fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 999 })).map(([a, b]) => `${a}.${b}`),
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -9, max: 9 })).map(([a, b]) => `${a}e${b}`),
    fc.constantFrom("200_000", "1_000.5"),
  )
  .chain((text) => fc.boolean().map((percent) => ({ text, percent: percent && !text.includes("e") })))
  .map(({ text, percent }) => {
    const digits = text.replaceAll("_", "");
    const value = percent ? Number(`${digits}e-2`) : Number(digits);
    return { kind: "number", span, value, percent, text: percent ? `${text}%` : text };
  });
const text = fc.string({ unit: "binary", maxLength: 8 }).map((value) => ({ kind: "string" as const, span, value }));
const date: fc.Arbitrary<Expr> = fc
  .constantFrom("2020-01-01", "1999-12-31", "2024-02-29T10:30Z")
  .map((value) => ({ kind: "date", span, value }));
const name: fc.Arbitrary<Expr> = ident.map(({ name: text, primed }) => ({ kind: "name", span, name: text, primed }));
const leaf: fc.Arbitrary<Expr> = fc.oneof(
  { weight: 4, arbitrary: name },
  { weight: 3, arbitrary: number },
  text,
  date,
  fc.boolean().map((value): Expr => ({ kind: "bool", span, value })),
);

const unit: fc.Arbitrary<Expr> = fc.letrec<{ unit: Expr; factor: Expr }>((tie) => ({
  factor: fc.oneof(
    name,
    fc.constant<Expr>({ kind: "number", span, value: 1, percent: false, text: "1" }),
    fc.tuple(name, fc.integer({ min: 1, max: 3 }), fc.boolean()).map(([left, power, negative]): Expr => {
      const exponent: Expr = { kind: "number", span, value: power, percent: false, text: String(power) };
      return {
        kind: "binary",
        span,
        op: "^",
        left,
        right: negative ? { kind: "unary", span, op: "-", operand: exponent } : exponent,
      };
    }),
  ),
  unit: fc.oneof(
    { maxDepth: 2 },
    tie("factor"),
    fc
      .tuple(tie("unit"), fc.constantFrom("*" as const, "/" as const), tie("unit"))
      .map(([left, op, right]): Expr => ({ kind: "binary", span, op, left, right })),
  ),
})).unit;

interface Nodes {
  expr: Expr;
  value: Expr;
  options: Options;
  option: Option;
  argument: Argument;
  type: TypeExpr;
}

const nodes = fc.letrec<Nodes>((tie: fc.LetrecTypedTie<Nodes>): { [K in keyof Nodes]: fc.Arbitrary<Nodes[K]> } => {
  const expr = tie("expr");
  const binary = fc.constantFrom("+", "-", "*", "/", "^", "and", "or");
  const relation = fc.constantFrom("<=", ">=", "==", "<", ">", "!=");
  return {
    expr: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      leaf,
      fc.tuple(binary, expr, expr).map(([op, left, right]) => ({ kind: "binary", span, op, left, right }) as Expr),
      fc
        .tuple(relation, expr, expr)
        .map(([op, left, right]) => ({ kind: "compare-expr", span, op, left, right }) as Expr),
      fc
        .tuple(fc.constantFrom("-" as const, "not" as const), expr)
        .map(([op, operand]): Expr => ({ kind: "unary", span, op, operand })),
      fc
        .tuple(expr, expr, expr)
        .map(([condition, yes, no]): Expr =>
          Object.assign({ kind: "if" as const, span, condition, else: no }, { ["then" as const]: yes }),
        ),
      fc.tuple(expr, expr).map(([source, stage]): Expr => ({ kind: "pipe", span, source, stage })),
      fc.tuple(expr, expr).map(([source, condition]): Expr => ({ kind: "where", span, source, condition })),
      fc
        .tuple(expr, fc.constantFrom("by" as const, "on" as const), ident)
        .map(([value, word, criterion]): Expr => ({ kind: "by", span, value, word, criterion })),
      fc.tuple(expr, ident).map(([value, dim]): Expr => ({ kind: "over", span, value, dim })),
      fc.tuple(expr, expr).map(([from, to]): Expr => ({ kind: "range", span, from, to })),
      fc.tuple(expr, ident).map(([object, member]): Expr => ({ kind: "member", span, object, member })),
      fc
        .tuple(expr, fc.array(tie("value"), { minLength: 1, maxLength: 2 }))
        .map(([object, indices]): Expr => ({ kind: "index", span, object, indices })),
      fc.array(tie("value"), { maxLength: 4 }).map((items): Expr => ({ kind: "list", span, items })),
      fc
        .tuple(ident, fc.array(tie("argument"), { maxLength: 3 }))
        .map(([callee, args]): Expr => ({ kind: "call", span, callee, arguments: args })),
      fc
        .tuple(ident, fc.array(tie("argument"), { maxLength: 2 }), tie("options"))
        .map(([callee, args, options]): Expr => ({ kind: "configured", span, callee, arguments: args, options })),
    ),
    value: fc.oneof(
      { weight: 5, arbitrary: expr },
      {
        weight: 1,
        arbitrary: fc.tuple(ident, number).map(([word, quantity]): Expr => ({ kind: "counted", span, word, quantity })),
      },
    ),
    options: fc.array(tie("option"), { maxLength: 4 }).map((entries): Options => ({ kind: "options", span, entries })),
    option: fc.tuple(ident, tie("value")).map(([key, value]): Option => ({ kind: "option", span, key, value })),
    argument: fc.oneof(
      tie("value")
        .filter((value) => value.kind !== "number")
        .map((value): Argument => ({ kind: "argument", span, value })),
      fc.tuple(ident, tie("value")).map(([key, value]): Argument => ({ kind: "argument", span, name: key, value })),
      fc.tuple(ident, tie("type")).map(([key, type]): Argument => ({
        kind: "argument",
        span,
        name: key,
        type,
        value: { kind: "name", span, name: key.name, primed: key.primed },
      })),
    ),
    type: fc.oneof(
      fc
        .tuple(
          ident.filter((key) => key.name !== "predictor"),
          maybe(unit),
          fc.array(tie("value"), { maxLength: 2 }),
        )
        .map(
          ([key, measure, dims]): TypeExpr =>
            some({ kind: "scalar-type" as const, span, name: key, unit: measure, dims }) as TypeExpr,
        ),
      fc
        .tuple(fc.array(ident, { minLength: 1, maxLength: 2 }), ident)
        .map(([from, to]): TypeExpr => ({ kind: "predictor-type", span, from, to })),
    ),
  };
});

const { expr, type, options, option } = nodes;
const doc = maybe(
  fc
    .array(fc.stringMatching(/^[a-z][a-z ]{0,10}[a-z]$/), { minLength: 1, maxLength: 2 })
    .map((lines) => lines.join("\n")),
);
const parameter: fc.Arbitrary<Parameter> = fc
  .tuple(ident, maybe(type), maybe(expr))
  .map(([key, kind, value]) => some({ kind: "parameter", span, name: key, type: kind, value }) as Parameter);
const relation = fc.constantFrom("<=" as const, ">=" as const, "==" as const);
const constraint: fc.Arbitrary<Constraint> = fc
  .tuple(maybe(ident), expr, fc.array(fc.record({ op: relation, right: expr }), { minLength: 1, maxLength: 2 }))
  .map(([label, first, relations]) => some({ kind: "constraint", span, label, first, relations }) as Constraint);
const field: fc.Arbitrary<FieldDecl> = fc
  .record({
    doc,
    role: ident,
    name: ident,
    type,
    range: maybe(expr),
    horizon: maybe(fc.record({ name: ident, type })),
    per: maybe(ident),
    value: maybe(expr),
  })
  .map((rest) => some({ kind: "field", span, ...rest }) as FieldDecl);
const split: fc.Arbitrary<SplitDecl> = fc
  .record({ doc, rule: ident, column: maybe(ident), parts: options })
  .map((rest) => some({ kind: "split", span, ...rest }) as SplitDecl);
const group: fc.Arbitrary<DecisionGroup> = fc
  .record({
    names: fc.array(ident, { minLength: 1, maxLength: 2 }),
    type: maybe(type),
    domain: maybe(expr),
    bounds: fc.array(fc.record({ op: relation, value: expr, span: fc.constant(span) }), { maxLength: 2 }),
    value: maybe(expr),
  })
  // A bare name would join the group after it.
  .filter((rest) => rest.type !== undefined || rest.domain !== undefined || rest.value !== undefined)
  .map((rest) => some({ kind: "decision-group", span, ...rest }) as DecisionGroup);
const item: fc.Arbitrary<EvaluateItem> = fc.oneof(
  option,
  fc
    .tuple(ident, maybe(ident), number, maybe(options))
    .map(
      ([key, qualifier, value, more]) =>
        some({ kind: "metric", span, name: key, qualifier, value, options: more }) as EvaluateItem,
    ),
  ident.map((key): EvaluateItem => ({ kind: "metric", span, name: key })),
);
const idents = (minLength: number): fc.Arbitrary<Ident[]> => fc.array(ident, { minLength, maxLength: 3 });
/** A data source is a call without braces, or a synthetic task with options. */
const source = fc.oneof(
  fc.tuple(ident, fc.array(nodes.argument, { maxLength: 2 })).map(([callee, args]) => ({
    kind: "data-source" as const,
    span,
    synthetic: false,
    value: { kind: "call" as const, span, callee, arguments: args },
  })),
  fc.tuple(ident, options).map(([callee, parts]) => ({
    kind: "data-source" as const,
    span,
    synthetic: true,
    value: { kind: "configured" as const, span, callee, arguments: [], options: parts },
  })),
);

type DeclRecord = Record<string, fc.Arbitrary<unknown>>;
const decl = (kind: Decl["kind"], parts: DeclRecord): fc.Arbitrary<Decl> =>
  fc.record({ doc, ...parts }).map((rest) => some({ kind, span, ...rest }) as Decl);

const declaration: fc.Arbitrary<Decl> = fc.letrec<{ flat: Decl; any: Decl }>((tie) => ({
  flat: fc.oneof(
    decl("dim", { name: ident, value: expr }),
    decl("unit", { name: ident, value: maybe(expr) }),
    decl("param", { name: ident, type: maybe(type), value: expr }),
    decl("seed", { value: expr }),
    decl("fn", { name: ident, parameters: fc.array(parameter, { maxLength: 3 }), result: maybe(type), body: expr }),
    decl("set", {
      name: ident,
      parameters: fc.array(parameter, { maxLength: 2 }),
      constraints: fc.array(constraint, { maxLength: 3 }),
    }),
    decl("preset", { name: ident, value: expr }),
    decl("task", {
      name: ident,
      parameters: fc.array(parameter, { maxLength: 2 }),
      fields: fc.array(field, { maxLength: 2 }),
    }),
    decl("graph", { name: ident, value: expr }),
    decl("data", {
      name: ident,
      source,
      fields: fc.array(field, { maxLength: 3 }),
      splits: fc.array(split, { maxLength: 1 }),
    }),
    decl("stages", { name: ident, value: expr }),
    decl("state", { name: ident, type, range: maybe(expr), initially: maybe(expr) }),
    decl("decision", { groups: fc.array(group, { minLength: 1, maxLength: 3 }) }),
    decl("subject-to", { constraints: fc.array(constraint, { maxLength: 3 }) }),
    decl("next", { name: ident, value: expr }),
    decl("loss", { name: ident, parameters: idents(0), dataParameters: idents(0), value: expr }),
    decl("risk", { value: expr }),
    decl("uncertainty", { targets: idents(1), given: idents(0), generator: expr }),
    decl("ambiguity", { value: expr, eachStage: fc.boolean(), via: maybe(expr), lift: maybe(expr) }),
    decl("observe", { name: ident, value: expr }),
    decl("infer", { target: ident, given: idents(0), by: expr }),
    decl("train", { value: expr }),
    decl("solve", { value: expr }),
    decl("compare", { methods: fc.array(expr, { minLength: 1, maxLength: 3 }) }),
    decl("stress", { target: ident, corruptions: fc.array(expr, { minLength: 1, maxLength: 2 }) }),
    decl("evaluate", { on: maybe(ident), items: fc.array(item, { maxLength: 4 }) }),
    decl("waive", { assumption: ident, because: text }),
  ),
  any: fc.oneof(
    { weight: 9, arbitrary: tie("flat") },
    {
      weight: 1,
      arbitrary: decl("stage", {
        name: ident,
        observing: idents(0),
        declarations: fc.array(tie("flat"), { maxLength: 3 }),
      }),
    },
  ),
})).any;

const model: fc.Arbitrary<ModelDecl> = fc
  .record({ doc, name: ident, extends: maybe(ident), declarations: fc.array(declaration, { maxLength: 4 }) })
  .map((rest) => some({ kind: "model", span, ...rest }) as ModelDecl);
const importDecl = fc.record({
  kind: fc.constant("import" as const),
  span: fc.constant(span),
  names: fc.array(
    fc.tuple(ident, maybe(ident)).map(([key, alias]) => (alias ? { name: key, alias } : { name: key })),
    { minLength: 1, maxLength: 3 },
  ),
  from: text,
});

/** Any file, without comments and places. */
export const sourceFile: fc.Arbitrary<SourceFile> = fc
  .record({
    imports: fc.array(importDecl, { maxLength: 2 }),
    declarations: fc.array(declaration, { maxLength: 3 }),
    models: fc.array(model, { maxLength: 2 }),
  })
  .map((rest) => ({ kind: "file", span, ...rest, comments: [] }));
export const expression: fc.Arbitrary<Expr> = expr;
