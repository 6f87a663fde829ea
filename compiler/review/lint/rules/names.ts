import type { Decl, Ident, Span } from "../../../../grammar/ast.ts";
import { walkSyntax } from "../../../resolve/walk.ts";
import { lineText, positionAt } from "../../../source/source-text.ts";
import { declarationsOf, type LintContext, type LintRule } from "../context.ts";

/** Kinds of declaration that do nothing by themselves. */
const PASSIVE: Readonly<Partial<Record<Decl["kind"], string>>> = {
  dim: "dim",
  unit: "unit",
  param: "parameter",
  fn: "function",
  set: "set",
  preset: "preset",
  graph: "graph",
};

/** A file without a model is a library: who imports it uses its declarations. */
export const unusedDeclarations: LintRule = (context) => {
  if (context.file.models.length === 0) return;
  const used = usedNames(context);
  for (const decl of declarationsOf(context)) {
    const what = PASSIVE[decl.kind];
    if (what === undefined || !("name" in decl) || decl.name === undefined || used.has(decl.name.name)) continue;
    context.report("unused-declaration", decl.name.span, { what, name: decl.name.name });
  }
  for (const one of context.file.imports) {
    for (const { name, alias } of one.names) {
      const local = alias ?? name;
      if (!used.has(local.name)) context.report("unused-declaration", local.span, { what: "import", name: local.name });
    }
  }
};

/** Every name that is read somewhere: what stands at a declaration's own name, or as the key of an option, is not. */
function usedNames({ file }: LintContext): ReadonlySet<string> {
  const own = new Set<string>();
  const used = new Set<string>();
  walkSyntax(file, (node) => {
    if ("name" in node && isIdent(node.name) && node.kind !== "scalar-type") own.add(key(node.name.span));
    if (node.kind === "option" && "key" in node && isIdent(node.key)) own.add(key(node.key.span));
    if (node.kind === "name" && "name" in node && typeof node.name === "string") used.add(node.name);
    if (isIdent(node) && !own.has(key(node.span))) used.add(node.name);
  });
  // The names of imports are declarations too, and no nodes of their own have them.
  for (const one of file.imports) {
    for (const { name, alias } of one.names) {
      const local = alias ?? name;
      if (countReads(file, local) === 0) used.delete(local.name);
    }
  }
  return used;
}

/** Identifiers and names of that text outside import lines. */
function countReads(file: LintContext["file"], ident: Ident): number {
  let count = 0;
  for (const root of [...file.declarations, ...file.models]) {
    walkSyntax(root, (node) => {
      if ("name" in node && node.name === ident.name) count++;
    });
  }
  return count;
}

function isIdent(value: unknown): value is Ident {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "ident";
}

/** Dims and models in capitals, all that holds numbers in small letters. */
export const nameStyle: LintRule = (context) => {
  const check = (what: string, { name, span }: Ident, capital: boolean): void => {
    const fits = capital ? /^[A-Z]/.test(name) : /^[a-z]/.test(name) || name.length === 1;
    if (fits) return;
    const first = name.charAt(0);
    const better = (capital ? first.toUpperCase() : first.toLowerCase()) + name.slice(1);
    if (better !== name) context.report("name-style", span, { what, name, better });
  };
  for (const model of context.file.models) check("model", model.name, true);
  for (const decl of declarationsOf(context)) {
    if (decl.kind === "dim") check("dim", decl.name, true);
    if (decl.kind === "param") check("parameter", decl.name, false);
    if (decl.kind === "data") check("data set", decl.name, false);
    if (decl.kind === "fn") check("function", decl.name, false);
  }
};

export const undocumented: LintRule = (context) => {
  for (const model of context.file.models) {
    if (model.doc === undefined) context.report("undocumented-model", model.name.span, { name: model.name.name });
  }
  for (const decl of declarationsOf(context)) {
    if (decl.kind !== "param" || decl.doc !== undefined || hasComment(context, decl.span)) continue;
    context.report("undocumented-param", decl.name.span, { name: decl.name.name });
  }
};

/** On the line itself, or alone on the line above. */
function hasComment({ source }: LintContext, span: Span): boolean {
  const { line } = positionAt(source, span.start);
  const last = positionAt(source, span.end).line;
  return lineText(source, last).includes("//") || /^\s*\/\//.test(lineText(source, line - 1));
}

const key = (span: Span): string => `${span.start} ${span.end}`;
