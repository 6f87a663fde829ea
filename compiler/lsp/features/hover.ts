import type { Hover } from "vscode-languageserver";
import { WORDS, type Expr, type WordSpec } from "../../../grammar/index.ts";
import { kindNames, type Entity } from "../../resolve/entity.ts";
import { textAt } from "../../source/source-text.ts";
import { showUnit } from "../../check/unit.ts";
import type { CheckContext } from "../../check/context.ts";
import { useAt, type NameUse } from "../names/targets.ts";
import { toRange } from "../places.ts";
import type { Program } from "../program.ts";
import { groupMarkdown, numbersText, optionMarkdown, shapeText, signatureOf, typeText } from "./describe.ts";
import { expressionFacts, factsText, modelText } from "./facts.ts";
import { modelAt } from "./models.ts";

/** What is known of the name, the word or the expression at an offset. */
export function hoverAt(program: Program, offset: number): Hover | null {
  const names = program.ownNames;
  const use = names === null ? null : useAt(names, offset);
  const said = use === null ? null : describeUse(program, use, offset);
  const expression = expressionAt(program, offset);
  if (use !== null && said !== null) {
    const same = expression !== null && expression.span.start === use.span.start;
    const about = same ? expressionText(program, expression) : null;
    return markdown(program, use.span, about === null ? said : `${said}\n\n${about}`);
  }
  if (expression !== null) {
    const about = expressionText(program, expression);
    if (about !== null) return markdown(program, expression.span, about);
  }
  return use === null ? hoverWord(program, offset) : null;
}

function markdown(program: Program, span: Expr["span"], value: string): Hover {
  return { range: toRange(program.source, span), contents: { kind: "markdown", value } };
}

const code = (text: string): string => `\`\`\`dro\n${text}\n\`\`\``;
const words: readonly WordSpec[] = WORDS;

/** A word of the language where it names nothing. */
function hoverWord(program: Program, offset: number): Hover | null {
  const { text } = program;
  let start = offset;
  let end = offset;
  while (start > 0 && /\w/.test(text[start - 1]!)) start--;
  while (end < text.length && /\w/.test(text[end]!)) end++;
  const spec = words.find(({ word }) => word === text.slice(start, end));
  return spec === undefined ? null : markdown(program, { start, end }, `**${spec.word}**: ${spec.doc}`);
}

function describeUse(program: Program, use: NameUse, offset: number): string | null {
  const { target } = use;
  switch (target.kind) {
    case "entity":
      return entityMarkdown(program, target.entity, modelAt(program, offset)?.name.name);
    case "parameter": {
      const { parameter, of, at } = target;
      const doc = of.kind === "poison" ? "" : ` of ${kindNames[of.kind]} \`${of.name}\``;
      return `${code(textAt({ source: at.source, span: parameter.span }))}\n\nparameter${doc}`;
    }
    case "function":
      return `${code(target.schema.signature)}\n\n${target.schema.doc}`;
    case "group":
      return groupMarkdown(target.schema, target.what);
    case "option":
      return optionMarkdown(target.option, target.of);
    case "graph-part":
      return `the ${target.part} of graph \`${target.graph.name}\`, as a dim`;
    case "assumption":
      return `assumption **${use.name}**: ${target.doc}`;
    case "type":
      return `type \`${use.name}\``;
    case "label":
      return `label of this constraint: messages and reports name it`;
    case "word":
    case "key":
      return target.doc === null ? null : `\`${use.name}\`: ${target.doc}`;
    case "role":
      return roles[use.name] ?? null;
    case "unknown":
      return null;
  }
}

const roles: Readonly<Record<string, string>> = {
  index: "**index**: orders the rows, and is no input of the model",
  context: "**context**: known before the decision is taken",
  outcome: "**outcome**: uncertain when the decision is taken; what the generator draws",
  window: "**window**: past values, with what follows them after `->`",
  trajectory: "**trajectory**: the uncertain process of a problem of several stages",
  price: "**price**: a series that is known for every stage",
  group: "**group**: which group a row is of; sets of groups weigh them, and each is tested for itself",
};

/** A declaration's first line, its documentation, and what the checker found of it. */
export function entityMarkdown(program: Program, entity: Entity, model: string | undefined): string | null {
  if (entity.kind === "poison") return null;
  const ctx = program.context(model) ?? program.context();
  const facts = entityFacts(program, entity, ctx);
  const doc = "doc" in entity.decl ? entity.decl.doc : undefined;
  const from = entity.at.source.path === program.path ? "" : `from \`${entity.at.source.name}\``;
  const parts = [code(headOf(entity)), doc, ...facts, from];
  return parts.filter((part) => part !== undefined && part !== "").join("\n\n");
}

/** The declaration in a line: blocks are left out. */
function headOf(entity: Exclude<Entity, { readonly kind: "poison" }>): string {
  switch (entity.kind) {
    case "fn":
      return `fn ${signatureOf(entity)}`;
    case "set":
    case "task":
      return `${entity.kind} ${signatureOf(entity)}`;
    case "model":
      return `model ${entity.name}`;
    case "data":
      return `data ${entity.name}`;
    case "decision": {
      const { type } = entity.decl;
      const text = type === undefined ? "" : `: ${textAt({ source: entity.at.source, span: type.span })}`;
      return `decision ${entity.name}${text}`;
    }
    default: {
      const text = textAt({ source: entity.at.source, span: entity.decl.span });
      const first = text.split("\n").slice(0, 6).join("\n");
      return first.length === text.length ? text : `${first}\n…`;
    }
  }
}

function entityFacts(program: Program, entity: Entity, ctx: CheckContext | null): readonly string[] {
  switch (entity.kind) {
    case "param": {
      const param = ctx?.params.get(entity);
      if (param === undefined || param === null || param === "open") return [];
      return [`${shapeText(param.term.type)}; value ${numbersText(param.value)}`];
    }
    case "dim": {
      const axis = ctx?.dims.get(entity);
      if (axis === undefined || axis === null || axis === "open") return [];
      return [
        axis.labels === null
          ? `${axis.size} elements`
          : `${axis.size} elements: ${axis.labels.slice(0, 12).join(", ")}${axis.size > 12 ? ", …" : ""}`,
      ];
    }
    case "unit": {
      const unit = ctx?.units.get(entity);
      if (unit === undefined || unit === null || unit === "open" || entity.decl.value === undefined) return [];
      return [`${unit.factor === 1 ? "" : `${unit.factor} `}${showUnit(unit.base)}`];
    }
    case "decision":
    case "field":
    case "horizon":
    case "state":
    case "observation": {
      const quantity = ctx?.quantities.get(entity);
      if (quantity === undefined || quantity === null) return [`${kindNames[entity.kind]}`];
      const { name, axes, unit } = quantity.type;
      const type = { base: "real" as const, axes, unit: unit.written, anyUnit: false };
      return [`${quantity.role}, ${name}: ${shapeText(type)}`];
    }
    case "graph": {
      const graph = ctx?.graphs.get(entity);
      return graph === undefined || graph === null ? [] : [`${graph.nodes} nodes, ${graph.edges.length} edges`];
    }
    case "loss":
    case "model": {
      const text = modelText(program, entity.kind === "model" ? entity.name : ctx?.model.decl.name.name, entity.kind);
      return text === null ? [] : [text];
    }
    default:
      return [];
  }
}

/** The smallest expression with a type that holds the offset, literals apart. */
function expressionAt(program: Program, offset: number): Expr | null {
  let best: Expr | null = null;
  for (const expr of program.terms.keys()) {
    const { start, end } = expr.span;
    if (expr.kind === "number" || expr.kind === "bool" || offset < start || offset > end) continue;
    if (best === null || end - start < best.span.end - best.span.start) best = expr;
  }
  return best;
}

function expressionText(program: Program, expr: Expr): string | null {
  const term = program.terms.get(expr);
  if (term === undefined) return null;
  const facts = expressionFacts(program, expr.span);
  const text = textAt({ source: program.source, span: expr.span });
  const value = term.constant === null ? "" : `; value ${numbersText(term.constant)}`;
  const head = `${expr.kind === "name" ? "" : code(text.length > 200 ? `${text.slice(0, 200)}…` : text)}\n\n`;
  // The name itself has said its type.
  if (
    expr.kind === "name" &&
    (program.ownNames === null || useAt(program.ownNames, expr.span.start)?.target.kind === "entity")
  ) {
    return facts === null ? null : factsText(facts);
  }
  const type = `\`${typeText(term.type)}\`: ${shapeText(term.type)}${value}`;
  return `${head}${type}${facts === null ? "" : `\n\n${factsText(facts)}`}`.trim();
}
