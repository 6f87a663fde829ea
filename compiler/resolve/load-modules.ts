import { dirname, join, relative, sep } from "node:path";
import { parse } from "../../grammar/index.ts";
import type { ImportDecl, ParseResult } from "../../grammar/ast.ts";
import { didYouMean, listNames, type Reporter } from "../diagnostics/index.ts";
import { confine, isWithin, type Confinement } from "../source/confine.ts";
import { limits } from "../source/limits.ts";
import { readSourceFile, type ReadProblem } from "../source/read-source.ts";
import { createSourceText, type Location, type SourceText } from "../source/source-text.ts";
import { declareModule } from "./declare-module.ts";
import type { Entity } from "./entity.ts";
import type { Module } from "./module.ts";
import { createScope } from "./scope.ts";
import { standardLibraryFolder, standardModules } from "./standard-library.ts";

/** How an editor takes part in the loading of files. */
export interface LoaderHooks {
  /** The text of a file that is open with unsaved edits, by its real path; `null` where the file itself is meant. */
  readonly unsaved?: (path: string) => string | null;
  /** Parses the spec: an editor's parser need not read again what has not changed. */
  readonly parseMain?: (text: string) => ParseResult;
}

/** Parses files, follows their imports, and keeps each module once. */
export interface ModuleLoader {
  /** The spec itself; `null` where it could not be read. */
  loadMain(path: string, text: string | undefined): Module | null;
  /** A module of the standard library by `std/name`. */
  loadStandard(name: string): Module;
  readonly sources: readonly SourceText[];
  /** In the order in which their names were entered: what a file imports comes before it. */
  readonly modules: readonly Module[];
}

/** The library does not change while droc runs, so each of its files is parsed once in a process. */
const parsedLibrary = new Map<string, { readonly source: SourceText; readonly result: ParseResult }>();

export function createModuleLoader(
  confinement: Confinement,
  reporter: Reporter,
  hooks: LoaderHooks = {},
): ModuleLoader {
  const modules = new Map<string, Module>();
  const sources: SourceText[] = [];
  const loaded: Module[] = [];
  const loading: { readonly path: string; readonly name: string }[] = [];

  const build = (source: SourceText, result: ParseResult, library: boolean): Module => {
    sources.push(source);
    for (const problem of result.problems) {
      reporter.reportFound(problem.code, { source, span: problem.span }, problem.args);
    }
    loading.push({ path: source.path, name: source.name });
    const imported = resolveImports(source, result.file.imports, library);
    loading.pop();
    const module = declareModule({ source, file: result.file, library, imported, problems: result.problems }, reporter);
    modules.set(source.path, module);
    loaded.push(module);
    return module;
  };

  const loadStandard = (name: string): Module => {
    const path = join(standardLibraryFolder(), `${name.slice("std/".length)}.dro`);
    const known = modules.get(path);
    if (known !== undefined) return known;
    let parsed = parsedLibrary.get(path);
    if (parsed === undefined) {
      const read = readSourceFile(path);
      if ("problem" in read) throw new Error(`the standard library has no readable ${name}`);
      parsed = { source: createSourceText(name, path, read.text), result: parse(read.text) };
      parsedLibrary.set(path, parsed);
    }
    return build(parsed.source, parsed.result, true);
  };

  /** `null`: reported, or still being loaded further up. */
  const loadImport = (decl: ImportDecl, from: SourceText, library: boolean): Module | null => {
    const name = decl.from.value;
    const at: Location = { source: from, span: decl.from.span };
    if (loading.length > limits.importDepth) {
      reporter.report("import-limit", at, { limit: limits.importDepth, what: "files deep" });
      return null;
    }
    if (name.startsWith("std/")) {
      const known = standardModules();
      if (!known.includes(name)) {
        const suggestion = didYouMean(name, known);
        reporter.report("import-unknown-module", at, { path: name, suggestion, modules: listNames(known) });
        return null;
      }
      return isLoading(join(standardLibraryFolder(), `${name.slice(4)}.dro`), name, at) ? null : loadStandard(name);
    }
    if (library || !/^\.\.?\//.test(name) || !name.endsWith(".dro")) {
      const remote = /^[a-z][a-z0-9+.-]+:/i.test(name);
      if (remote) reporter.report("path-remote", at, { path: name });
      else reporter.report("import-form", at, { path: name });
      return null;
    }
    const confined = confine(confinement, dirname(from.path), name);
    if ("problem" in confined) {
      if (confined.problem === "not-a-path") reporter.report("path-not-valid", at, {});
      else reporter.report("path-escapes", at, { path: name });
      return null;
    }
    if (isLoading(confined.path, name, at)) return null;
    const known = modules.get(confined.path);
    if (known !== undefined) return known;
    if (modules.size >= limits.importedFiles) {
      reporter.report("import-limit", at, { limit: limits.importedFiles, what: "files" });
      return null;
    }
    const unsaved = hooks.unsaved?.(confined.path) ?? null;
    const read = unsaved === null ? readSourceFile(confined.path) : { text: unsaved };
    if ("problem" in read) {
      reportReadProblem(reporter, at, name, read.problem);
      return null;
    }
    return build(createSourceText(nameOf(confined.path), confined.path, read.text), parse(read.text), false);
  };

  const isLoading = (path: string, name: string, at: Location): boolean => {
    const start = loading.findIndex((one) => one.path === path);
    if (start < 0) return false;
    const cycle = [...loading.slice(start).map((one) => one.name), loading[start]?.name ?? name].join(" → ");
    reporter.report("import-cycle", at, { cycle });
    return true;
  };

  const nameOf = (path: string): string => {
    const name = isWithin(confinement.root, path) ? relative(confinement.root, path) : path;
    return name.split(sep).join("/");
  };

  const resolveImports = (source: SourceText, imports: readonly ImportDecl[], library: boolean) => {
    const values = new Map<string, Entity>();
    const units = new Map<string, Entity>();
    const scope = createScope({ values, units }, null);
    for (const decl of imports) {
      const target = loadImport(decl, source, library);
      for (const { name, alias } of decl.names) {
        const used = alias ?? name;
        const at: Location = { source, span: name.span };
        const bind = (map: Map<string, Entity>, entity: Entity): void => {
          if (map.has(used.name)) reporter.report("duplicate-name", { source, span: used.span }, { name: used.name });
          else map.set(used.name, entity);
        };
        const value = target?.exports.values.get(name.name) ?? target?.exports.models.get(name.name);
        const unit = target?.exports.units.get(name.name);
        if (value !== undefined) bind(values, value);
        if (unit !== undefined) bind(units, unit);
        if (value !== undefined || unit !== undefined) continue;
        if (target !== null && !target.suspects.has(name.name)) {
          const names = [
            ...target.exports.values.keys(),
            ...target.exports.units.keys(),
            ...target.exports.models.keys(),
          ];
          const suggestion = didYouMean(name.name, names);
          const args = { path: decl.from.value, name: name.name, suggestion, names: listNames(names) };
          reporter.report("import-unknown-name", at, args);
        }
        const poison: Entity = { kind: "poison", name: used.name, at, scope };
        values.set(used.name, poison);
        units.set(used.name, poison);
      }
    }
    return scope;
  };

  return {
    sources,
    modules: loaded,
    loadStandard,
    loadMain(path, text) {
      if (text !== undefined) {
        const parsed = (hooks.parseMain ?? parse)(text);
        return build(createSourceText(nameOf(path), path, text), parsed, false);
      }
      const read = readSourceFile(path);
      if ("text" in read) return build(createSourceText(nameOf(path), path, read.text), parse(read.text), false);
      const source = createSourceText(nameOf(path), path, "");
      sources.push(source);
      reportReadProblem(reporter, { source, span: { start: 0, end: 0 } }, nameOf(path), read.problem);
      return null;
    },
  };
}

function reportReadProblem(reporter: Reporter, at: Location, path: string, problem: ReadProblem): void {
  switch (problem.kind) {
    case "missing":
      return reporter.report("file-missing", at, { path });
    case "directory":
      return reporter.report("file-is-directory", at, { path });
    case "not-regular":
      return reporter.report("file-not-regular", at, { path });
    case "not-utf8":
      return reporter.report("file-not-utf8", at, { path });
    case "too-large":
      return reporter.report("file-too-large", at, { path, bytes: problem.bytes, limit: limits.fileBytes });
    case "unreadable":
      return reporter.report("file-unreadable", at, { path, reason: problem.reason });
  }
}
