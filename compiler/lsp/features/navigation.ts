import { readdirSync, type Dirent } from "node:fs";
import { join } from "node:path";
import type { DocumentHighlight, Location, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import { WORDS } from "../../../grammar/index.ts";
import { readSourceFile } from "../../source/read-source.ts";
import type { SourceText } from "../../source/source-text.ts";
import { declarationOf, targetKey, useAt, type NameUse } from "../names/targets.ts";
import { toRange, uriOf } from "../places.ts";
import { programOf, type Program } from "../program.ts";

/** Where files are looked for, and the texts of those that are open. */
export interface Workspace {
  readonly folders: readonly string[];
  readonly allow: readonly string[];
  unsaved(path: string): string | null;
}

/** Where the name at an offset is declared: in this file, one that it imports, or the standard library. */
export function definitionAt(program: Program, offset: number): Location | null {
  const use = program.ownNames === null ? null : useAt(program.ownNames, offset);
  const at = use === null ? importedFile(program, offset) : declarationOf(use.target);
  return at === null ? null : { uri: uriOf(at.source.path), range: toRange(at.source, at.span) };
}

/** The path of an import leads to the file's first line. */
function importedFile(
  program: Program,
  offset: number,
): { readonly source: SourceText; readonly span: { start: number; end: number } } | null {
  const decl = program.main?.file.imports.find(({ from }) => from.span.start <= offset && offset <= from.span.end);
  if (decl === undefined) return null;
  const name = decl.from.value;
  const module = program.modules.find(
    ({ source }) => source.name === name || source.path.endsWith(name.replace(/^(\.\.?\/)+/, "/")),
  );
  return module === undefined ? null : { source: module.source, span: { start: 0, end: 0 } };
}

/** One use of a name in some file. */
export interface Reference {
  readonly source: SourceText;
  readonly use: NameUse;
}

/** Every use of what is named at an offset: in this file, in what it imports, and in files of the workspace that import it. */
export function referencesAt(program: Program, offset: number, workspace: Workspace): readonly Reference[] {
  const use = program.ownNames === null ? null : useAt(program.ownNames, offset);
  const keys = use === null ? new Set<string>() : relatedKeys(program, use);
  if (use === null || keys.size === 0) return [];
  const found = new Map<string, Reference>();
  const collect = (from: Program): void => {
    for (const module of from.modules) {
      for (const one of from.names(module).uses) {
        const key = targetKey(one.target);
        if (key === null || !keys.has(key)) continue;
        found.set(`${module.source.path}:${one.span.start}`, { source: module.source, use: one });
      }
    }
  };
  collect(program);
  const at = declarationOf(use.target);
  if (at !== null && !at.source.name.startsWith("std/")) {
    const name = at.source.text.slice(at.span.start, at.span.end).replace(/'$/, "");
    for (const other of programsNaming(name, program, workspace)) collect(other);
  }
  return [...found.values()];
}

/**
 * The declarations that one change of a name must reach: a model that extends another may declare a name again, and
 * what it inherits then reads its own.
 */
function relatedKeys(program: Program, use: NameUse): ReadonlySet<string> {
  const key = targetKey(use.target);
  if (key === null) return new Set();
  const keys = new Set([key]);
  if (use.target.kind !== "entity") return keys;
  const { kind, name } = use.target.entity;
  for (const ctx of program.contexts.values()) {
    if (ctx.model.decl.extends === undefined) continue;
    const layers = program.modules.flatMap((module) =>
      program.names(module).uses.flatMap((one) => {
        const entity = one.declares && one.target.kind === "entity" ? one.target.entity : null;
        return entity !== null && entity.name === name && entity.kind === kind ? [targetKey(one.target)!] : [];
      }),
    );
    if (layers.includes(key)) for (const layer of layers) keys.add(layer);
  }
  return keys;
}

/** Files of the workspace are looked at for a name; past so many the search ends. */
const MOST_FILES = 2_000;

/** Programs of other files that hold the name. */
function programsNaming(name: string, program: Program, workspace: Workspace): readonly Program[] {
  const programs: Program[] = [];
  const pattern = new RegExp(`\\b${name.replaceAll(/[^\w]/g, "")}\\b`);
  for (const path of droFiles(workspace.folders)) {
    if (path === program.path) continue;
    const unsaved = workspace.unsaved(path);
    const read = unsaved === null ? readSourceFile(path) : { text: unsaved };
    if (!("text" in read) || !pattern.test(read.text)) continue;
    const { allow } = workspace;
    programs.push(programOf({ path, text: read.text, allow, unsaved: (one) => workspace.unsaved(one) }));
  }
  return programs;
}

function droFiles(folders: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const pending = [...folders];
  let seen = 0;
  while (pending.length > 0 && found.size < MOST_FILES && seen < 20 * MOST_FILES) {
    const folder = pending.pop()!;
    for (const entry of entriesOf(folder)) {
      seen++;
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith(".")) pending.push(path);
      else if (entry.isFile() && entry.name.endsWith(".dro")) found.add(path);
    }
  }
  return [...found];
}

/** A folder that may not be read has no files for us. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
}

export function locationsOf(references: readonly Reference[], withDeclaration: boolean): readonly Location[] {
  return references.flatMap(({ source, use }) =>
    use.declares && !withDeclaration ? [] : [{ uri: uriOf(source.path), range: toRange(source, use.span) }],
  );
}

/** The uses in this file alone. */
export function highlightsAt(program: Program, offset: number): readonly DocumentHighlight[] {
  const names = program.ownNames;
  const use = names === null ? null : useAt(names, offset);
  const key = use === null ? null : targetKey(use.target);
  if (names === null || key === null) return [];
  return names.uses.flatMap((one) =>
    targetKey(one.target) === key ? [{ range: toRange(program.source, one.span), kind: one.declares ? 3 : 2 }] : [],
  );
}

const reserved: ReadonlySet<string> = new Set(
  WORDS.flatMap((spec) => ("reserved" in spec && spec.reserved ? [spec.word] : [])),
);

/** Why a name cannot be given; `null` where it can. */
export function nameProblem(name: string): string | null {
  if (!/^[A-Za-z_]\w*$/.test(name)) return `\`${name}\` is not a name: write letters, digits and _, a letter first`;
  return reserved.has(name) ? `\`${name}\` is a reserved word of the language` : null;
}

export type RenameRefusal = { readonly refused: string };

/** What is renamed at an offset, or why nothing can be. */
export function renameableAt(program: Program, offset: number): NameUse | RenameRefusal {
  const use = program.ownNames === null ? null : useAt(program.ownNames, offset);
  if (use === null) return { refused: "there is no name here" };
  const at = declarationOf(use.target);
  if (at === null) return { refused: `\`${use.name}\` is a word of the language` };
  if (at.source.name.startsWith("std/") && !isAliased(program, use)) {
    return {
      refused: `\`${use.name}\` is declared in ${at.source.name}, which belongs to droc; import it with \`as\``,
    };
  }
  return use;
}

/** Whether the name at hand is one that an import of this file gave. */
function isAliased(program: Program, use: NameUse): boolean {
  const at = declarationOf(use.target)!;
  return use.name !== at.source.text.slice(at.span.start, at.span.end) && program.main !== null;
}

/** The edits of every file for a new name; a refusal where it would clash with another or hide it. */
export function renameAt(
  program: Program,
  offset: number,
  name: string,
  workspace: Workspace,
): WorkspaceEdit | RenameRefusal {
  const use = renameableAt(program, offset);
  if ("refused" in use) return use;
  const problem = nameProblem(name);
  if (problem !== null) return { refused: problem };
  const own = isAliased(program, use);
  const references = referencesAt(program, offset, workspace).filter(
    (one) => one.use.name === use.name && (!own || one.source.path === program.path),
  );
  const clash = clashOf(program, use, name);
  if (clash !== null) return { refused: clash };
  const changes: Record<string, TextEdit[]> = {};
  for (const { source, use: one } of references) {
    const edits = (changes[uriOf(source.path)] ??= []);
    edits.push({ range: toRange(source, one.span), newText: name });
  }
  return { changes };
}

function clashOf(program: Program, use: NameUse, name: string): string | null {
  const clash = program.ownNames?.uses.find((one) => one.name === name && sameNamespace(one, use));
  return clash === undefined ? null : `\`${name}\` already names something in this file`;
}

/** Units have names of their own, and a parameter's name lives in its function. */
function sameNamespace(one: NameUse, other: NameUse): boolean {
  return spaceOf(one) === spaceOf(other);
}

function spaceOf({ target }: NameUse): string {
  if (target.kind === "parameter") return `parameter ${target.of.name}`;
  if (target.kind === "entity") return target.entity.kind === "unit" ? "unit" : "value";
  return target.kind === "function" ? "value" : "none";
}
