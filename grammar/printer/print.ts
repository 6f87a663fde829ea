/** The one canonical form of a file. */
import type { ImportDecl, ModelDecl, ParseResult, SourceFile, SyntaxProblem } from "../ast.ts";
import { parse } from "../parse.ts";
import { CommentBook } from "./comments.ts";
import { DeclarationPrinter } from "./declarations.ts";
import { concat } from "./doc.ts";
import type { Doc } from "./doc.ts";
import { braces, stack } from "./items.ts";
import type { Item } from "./items.ts";
import { identText } from "./expressions.ts";
import { alignComments, layOutLines } from "./lay-out.ts";

/** Columns of code; a comment at the end of a line may go further. */
export const LINE_WIDTH = 110;

/**
 * Prints a file in its one canonical form: two spaces of indentation, lines of at most `LINE_WIDTH` columns where they
 * can be broken, comments and single empty lines kept, neighbouring definitions, fields, options and comments lined up.
 *
 * @param file - a tree without problems; one with errors throws, since what could not be read cannot be printed
 * @param source - the text that the tree was parsed from, for empty lines between items
 */
export function print(file: SourceFile, source: string): string {
  const printer = new FilePrinter(source, new CommentBook(file.comments));
  const text = alignComments(layOutLines(printer.file(file), LINE_WIDTH));
  return text === "" ? "" : `${text}\n`;
}

/** Formats a text; a text with problems comes back unchanged, with them. */
export function format(source: string): { readonly text: string; readonly problems: readonly SyntaxProblem[] } {
  const result: ParseResult = parse(source);
  if (result.problems.length > 0) return { text: source, problems: result.problems };
  return { text: print(result.file, source), problems: [] };
}

class FilePrinter extends DeclarationPrinter {
  file(file: SourceFile): Doc {
    const imports = file.imports.map((decl): Item => ({ span: decl.span, print: () => this.#import(decl) }));
    const declarations = file.declarations.map((decl) => this.declaration(decl));
    const models = file.models.flatMap((model) => [
      this.#header(model),
      ...separated(
        model.declarations.map((decl) => this.declaration(decl)),
        true,
      ),
    ]);
    const items = [...imports, ...separated(declarations, imports.length > 0), ...models];
    return stack(this.gather(items, { start: 0, end: this.source.length }), "");
  }

  #import(decl: ImportDecl): Doc {
    const first = decl.names[0]?.name.span.start ?? decl.span.start;
    const last = decl.names.at(-1);
    const items = decl.names.map(({ name, alias }): Item => {
      const span = { start: name.span.start, end: (alias ?? name).span.end };
      return { span, print: () => concat(identText(name), alias ? ` as ${identText(alias)}` : "") };
    });
    const rows = this.gather(items, { start: first, end: last ? (last.alias ?? last.name).span.end : first });
    return concat("import ", braces(rows), " from ", this.expression(decl.from));
  }

  /** The line of a model; its declarations are items of the file. */
  #header(model: ModelDecl): Item {
    const base = model.extends ? ` extends ${identText(model.extends)}` : "";
    const span = { start: model.span.start, end: (model.extends ?? model.name).span.end };
    return { span, doc: model.doc, separate: true, print: () => `model ${identText(model.name)}${base}` };
  }
}

/** The first item after imports or a model's line stands apart. */
function separated(items: readonly Item[], apart: boolean): Item[] {
  return items.map((item, i) => (i === 0 && apart ? { ...item, separate: true } : item));
}
