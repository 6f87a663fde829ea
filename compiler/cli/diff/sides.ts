import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { compile, type Compilation } from "../../compile.ts";
import { hasErrors, renderText } from "../../diagnostics/index.ts";
import { showText } from "../../diagnostics/show-text.ts";
import type { SourceText } from "../../source/source-text.ts";
import { cliError, type CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { relabel } from "../relabel.ts";
import type { SpecOptions } from "../program.ts";
import type { Session } from "../session.ts";
import type { Revision, Revisions } from "./git.ts";

/** One file to compare: the path that people see, and where its text lies. */
export interface SideFile {
  readonly shown: string;
  readonly path: string;
  /** The text where it is not that of `path`, whose folder its imports are read from. */
  readonly text?: string;
  readonly revision: Revision | null;
}

/** Files to compare; `null` where a side has no such file. */
export interface FilePair {
  readonly before: SideFile | null;
  readonly after: SideFile | null;
}

export interface DiffArguments {
  readonly paths: readonly string[];
  readonly against?: string;
  readonly mergeBase?: boolean;
}

/** The files that a command line names, in pairs. Throws a usage error where they do not make pairs. */
export function pairFiles(
  session: Session,
  { paths, against, mergeBase }: DiffArguments,
  revisions: Revisions,
): readonly FilePair[] {
  if (against !== undefined) return pairAgainst(session, paths, against, mergeBase === true, revisions);
  if (mergeBase === true) throw usage("--merge-base needs --against REV");
  if (paths.length !== 2) throw usage("name two files, folders or REV:path, or one side with --against REV");
  const [left, right] = paths.map((path) => openSide(session, path, revisions));
  if (left === undefined || right === undefined) throw new Error("two sides were given");
  if (left.kind !== right.kind) throw usage("compare two files or two folders, not one with the other");
  if (left.kind === "file") return [{ before: left.file(""), after: right.file("") }];
  const names = [...new Set([...left.names(), ...right.names()])].toSorted();
  return names.map((name) => ({
    before: left.names().includes(name) ? left.file(name) : null,
    after: right.names().includes(name) ? right.file(name) : null,
  }));
}

function pairAgainst(
  session: Session,
  paths: readonly string[],
  against: string,
  mergeBase: boolean,
  revisions: Revisions,
): readonly FilePair[] {
  const revision = revisions.open(mergeBase ? revisions.mergeBase(against) : against);
  const within = paths.map((path) => fromRoot(revision.root, resolve(session.cwd, path)));
  const chosen = (path: string): boolean =>
    within.length === 0 || within.some((one) => path === one || one === "" || path.startsWith(`${one}/`));
  const below = fromRoot(revision.root, session.cwd);
  const here = (path: string): boolean => within.length > 0 || below === "" || path.startsWith(`${below}/`);
  const present = revisions.workFiles().filter((path) => existsSync(join(revision.root, path)));
  const named = within.filter((path) => path.endsWith(".dro"));
  const all = [...new Set([...revision.files, ...present, ...named])]
    .filter((path) => chosen(path) && here(path))
    .toSorted();
  return all.map((path) => {
    const file = resolve(revision.root, path);
    const after = existsSync(file) ? { shown: relative(session.cwd, file), path: file, revision: null } : null;
    return { before: revision.files.has(path) ? ofRevision(revision, path, against) : null, after };
  });
}

function ofRevision(revision: Revision, path: string, shown: string): SideFile {
  return { shown: `${shown}:${path}`, path: join(revision.folder, path), revision };
}

type Side =
  | { readonly kind: "file"; file(name: string): SideFile }
  | { readonly kind: "folder"; names(): readonly string[]; file(name: string): SideFile };

function openSide(session: Session, path: string, revisions: Revisions): Side & { names(): readonly string[] } {
  const full = resolve(session.cwd, path);
  const colon = path.indexOf(":", 1);
  if (!existsSync(full) && colon > 0)
    return openRevision(session, path, path.slice(0, colon), path.slice(colon + 1), revisions);
  if (!existsSync(full)) {
    throw cliError("cli-file-not-readable", { path: showText(path), reason: "there is no such file" }, EXIT.wrong);
  }
  if (!statSync(full).isDirectory()) {
    const file = (): SideFile => ({ shown: relative(session.cwd, full) || path, path: full, revision: null });
    return { kind: "file", file, names: () => [""] };
  }
  const names = specsBelow(full, "");
  const file = (name: string): SideFile => ({
    shown: relative(session.cwd, join(full, name)),
    path: join(full, name),
    revision: null,
  });
  return { kind: "folder", names: () => names, file };
}

function openRevision(
  session: Session,
  shown: string,
  name: string,
  path: string,
  revisions: Revisions,
): Side & { names(): readonly string[] } {
  const revision = revisions.open(name);
  const own = fromRoot(revision.root, resolve(session.cwd, path));
  const plain = path.replace(/\/$/, "");
  for (const one of plain === own ? [plain] : [plain, own]) {
    if (revision.files.has(one))
      return { kind: "file", file: () => ofRevision(revision, one, name), names: () => [""] };
    const prefix = one === "" ? "" : `${one}/`;
    const names = [...revision.files]
      .filter((file) => file.startsWith(prefix))
      .map((file) => file.slice(prefix.length));
    if (names.length > 0) {
      return { kind: "folder", names: () => names, file: (file) => ofRevision(revision, prefix + file, name) };
    }
  }
  const reason = `revision ${showText(name)} has no .dro file there`;
  throw cliError("cli-file-not-readable", { path: showText(shown), reason }, EXIT.wrong);
}

function fromRoot(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}

/** `.dro` files of a folder and its folders, without hidden ones and node_modules. */
function specsBelow(folder: string, prefix: string): readonly string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    if (entry.isDirectory()) return specsBelow(folder, name);
    return entry.isFile() && entry.name.endsWith(".dro") ? [name] : [];
  });
}

export interface CompiledSide {
  readonly compilation: Compilation;
  /** Its sources under the names that people see. */
  readonly sources: readonly SourceText[];
}

/** Compiles one side; `null` after printing its errors. */
export function compileSide(session: Session, file: SideFile, options: SpecOptions): CompiledSide | null {
  const compilation = compile({
    file: file.path,
    ...(file.text === undefined ? {} : { source: file.text }),
    allow: options.allow ?? [],
    set: options.set ?? {},
  });
  const { revision } = file;
  const shownSources = compilation.sources.map((source, i) => {
    if (i === 0) return { ...source, name: file.shown };
    if (revision === null) return source;
    return source.name.startsWith("std/")
      ? source
      : { ...source, name: `${revision.name}:${fromRoot(revision.folder, source.path)}` };
  });
  const sources = revision === null && file.text === undefined ? named(compilation, session.cwd) : shownSources;
  if (!hasErrors(compilation.diagnostics)) return { compilation, sources };
  const renamed = compilation.diagnostics.map((one) => {
    const at = compilation.sources.findIndex((source) => source.name === one.file);
    return { ...one, file: sources[at]?.name ?? one.file, related: [] };
  });
  if (!session.json) session.note(renderText(renamed, sources, { color: session.err.color }));
  return null;
}

/** Every source under its name from the working folder, in the order that origins refer to. */
function named(compilation: Compilation, cwd: string): readonly SourceText[] {
  const { sources } = relabel(compilation, cwd);
  return compilation.sources.map((source) => sources.find((one) => one.path === source.path) ?? source);
}

function usage(text: string): CliError {
  return cliError("cli-usage", { text, command: "diff " }, EXIT.usage);
}
