import { FoldingRangeKind, SymbolKind, type DocumentSymbol, type FoldingRange } from "vscode-languageserver";
import type { Decl, Span } from "../../../grammar/index.ts";
import { tokenize } from "../../../grammar/index.ts";
import { entitiesOf, type EntityKind } from "../../resolve/entity.ts";
import { positionAt } from "../../source/source-text.ts";
import { toRange } from "../places.ts";
import type { Program } from "../program.ts";

const symbolKinds: Partial<Readonly<Record<EntityKind, SymbolKind>>> = {
  dim: SymbolKind.Enum,
  unit: SymbolKind.TypeParameter,
  param: SymbolKind.Constant,
  fn: SymbolKind.Function,
  set: SymbolKind.Struct,
  preset: SymbolKind.Object,
  task: SymbolKind.Module,
  data: SymbolKind.Namespace,
  field: SymbolKind.Field,
  horizon: SymbolKind.Field,
  loss: SymbolKind.Function,
};

/** The outline: models with their declarations, data with its fields, and what names nothing by its word. */
export function documentSymbols(program: Program): DocumentSymbol[] {
  const { main } = program;
  if (main === null) return [];
  const { source } = program;
  const own = main.file.declarations.flatMap((decl) => symbolsOf(decl, program));
  const models = main.file.models.map((model): DocumentSymbol => ({
    name: model.name.name === "" ? "model" : model.name.name,
    ...(model.extends === undefined ? {} : { detail: `extends ${model.extends.name}` }),
    kind: SymbolKind.Class,
    range: toRange(source, model.span),
    selectionRange: toRange(source, within(model.name.span, model.span)),
    children: model.declarations.flatMap((decl) => symbolsOf(decl, program)),
  }));
  return [...own, ...models];
}

function symbolsOf(decl: Decl, program: Program): DocumentSymbol[] {
  const { source, main } = program;
  if (main === null) return [];
  const symbol = (name: string, kind: SymbolKind, at: Span, detail: string): DocumentSymbol => ({
    name,
    kind,
    detail,
    range: toRange(source, decl.span),
    selectionRange: toRange(source, within(at, decl.span)),
  });
  const entities = entitiesOf(decl, main, main.scope);
  if (decl.kind === "data" && entities[0] !== undefined) {
    const fields = decl.fields.map((field): DocumentSymbol => ({
      name: field.name.name === "" ? field.role.name : field.name.name,
      kind: SymbolKind.Field,
      detail: field.role.name,
      range: toRange(source, field.span),
      selectionRange: toRange(source, within(field.name.span, field.span)),
    }));
    return [{ ...symbol(decl.name.name, SymbolKind.Namespace, decl.name.span, "data"), children: fields }];
  }
  if (decl.kind === "stage") {
    const children = decl.declarations.flatMap((inner) => symbolsOf(inner, program));
    return [{ ...symbol(`stage ${decl.name.name}`, SymbolKind.Event, decl.name.span, ""), children }];
  }
  if (entities.length > 0) {
    return entities.map((one) =>
      symbol(one.name, symbolKinds[one.kind] ?? SymbolKind.Variable, one.at.span, decl.kind),
    );
  }
  const word = source.text.slice(decl.span.start).match(/^\w+/)?.[0] ?? decl.kind;
  const text = source.text.slice(decl.span.start, decl.span.end).split(/[{\n]/)[0]!.slice(word.length).trim();
  return [symbol(word, SymbolKind.Property, { start: decl.span.start, end: decl.span.start + word.length }, text)];
}

/** The protocol wants the selection inside the range; recovery may have found a name nowhere. */
function within(inner: Span, outer: Span): Span {
  const start = Math.min(Math.max(inner.start, outer.start), outer.end);
  return { start, end: Math.min(Math.max(inner.end, start), outer.end) };
}

/** Brackets over several lines, runs of comments, imports, and models. */
export function foldingRanges(program: Program): FoldingRange[] {
  const { source, main } = program;
  const line = (offset: number): number => positionAt(source, offset).line - 1;
  const folds: FoldingRange[] = [];
  const add = (startLine: number, endLine: number, kind?: FoldingRangeKind): void => {
    if (endLine > startLine) folds.push({ startLine, endLine, ...(kind === undefined ? {} : { kind }) });
  };
  const open: number[] = [];
  let comments: { first: number; last: number } | null = null;
  for (const token of tokenize(source.text)) {
    const at = line(token.span.start);
    const ownLine = source.text.slice(source.lineStarts[at], token.span.start).trim() === "";
    if ((token.category === "comment" || token.category === "doc") && ownLine) {
      if (comments !== null && comments.last === at - 1) comments.last = at;
      else {
        if (comments !== null) add(comments.first, comments.last, FoldingRangeKind.Comment);
        comments = { first: at, last: at };
      }
    }
    if (token.category !== "bracket") continue;
    if ("({[".includes(token.text)) open.push(at);
    else {
      const first = open.pop();
      if (first !== undefined) add(first, at - 1);
    }
  }
  if (comments !== null) add(comments.first, comments.last, FoldingRangeKind.Comment);
  const imports = main?.file.imports ?? [];
  if (imports.length > 1) add(line(imports[0]!.span.start), line(imports.at(-1)!.span.end), FoldingRangeKind.Imports);
  for (const model of main?.file.models ?? []) add(line(model.span.start), line(model.span.end));
  return folds;
}
