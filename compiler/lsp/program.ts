import type { Expr, ParseResult } from "../../grammar/ast.ts";
import { compileInSteps, type Compilation } from "../compile.ts";
import type { CheckContext } from "../check/context.ts";
import type { Term } from "../check/term.ts";
import type { Entity } from "../resolve/entity.ts";
import type { ModuleLoader } from "../resolve/load-modules.ts";
import type { Module } from "../resolve/module.ts";
import type { SourceText } from "../source/source-text.ts";
import type { ModuleNames } from "./names/targets.ts";
import { namesOf } from "./names/walk-declarations.ts";

/** One text of a file as the editor's features see it: compiled, with names, types and facts. */
export class Program {
  readonly path: string;
  readonly text: string;
  /** Of the checks at first, of the whole compilation once that is done. */
  compilation: Compilation;
  readonly main: Module | null;
  /** By the name of a model of this file: its names and what is known of them. */
  readonly contexts: ReadonlyMap<string, CheckContext>;
  /** Types of expressions of this file. */
  readonly terms: ReadonlyMap<Expr, Term>;
  readonly #loader: ModuleLoader | null;
  readonly #names = new Map<Module, ModuleNames>();

  constructor(parts: {
    readonly path: string;
    readonly text: string;
    readonly compilation: Compilation;
    readonly main: Module | null;
    readonly loader: ModuleLoader | null;
    readonly contexts: ReadonlyMap<string, CheckContext>;
    readonly terms: ReadonlyMap<Expr, Term>;
  }) {
    this.path = parts.path;
    this.text = parts.text;
    this.compilation = parts.compilation;
    this.main = parts.main;
    this.#loader = parts.loader;
    this.contexts = parts.contexts;
    this.terms = parts.terms;
  }

  /** The text with its line starts. */
  get source(): SourceText {
    const found = this.compilation.sources[0];
    if (found === undefined) throw new Error(`${this.path} was compiled to no source`);
    return found;
  }

  get modules(): readonly Module[] {
    return this.#loader?.modules ?? [];
  }

  /** Public names of a module of the standard library; none where the file could not be read. */
  standard(name: string): ReadonlyMap<string, Entity> {
    return this.#loader?.loadStandard(name).exports.values ?? new Map<string, Entity>();
  }

  /** What the names of a module stand for, found when first asked for. */
  names(module: Module): ModuleNames {
    const known = this.#names.get(module);
    if (known !== undefined) return known;
    const loader = this.#loader;
    if (loader === null) return { module, uses: [] };
    const names = namesOf(module, {
      scopeOfModel: (name) => {
        // Only the models of this file are resolved; those of others are read in their file's own scope.
        const ctx = module === this.main ? this.contexts.get(name) : undefined;
        return ctx?.model.scopeOf(module) ?? null;
      },
      standard: (name) => loader.loadStandard(name),
    });
    this.#names.set(module, names);
    return names;
  }

  /** The names of this file. */
  get ownNames(): ModuleNames | null {
    return this.main === null ? null : this.names(this.main);
  }

  /** What a model of this file is checked in; without a name, its first. */
  context(model?: string): CheckContext | null {
    if (model !== undefined) return this.contexts.get(model) ?? null;
    for (const ctx of this.contexts.values()) return ctx;
    return null;
  }

  /** Whether the text was read without a syntax error. */
  get wellFormed(): boolean {
    return this.main !== null && !this.main.syntaxErrors;
  }
}

export interface ProgramInput {
  readonly path: string;
  readonly text: string;
  /** The text of another file that is open with unsaved edits. */
  readonly unsaved?: (path: string) => string | null;
  /** Folders besides the file's own from which it may name files. */
  readonly allow?: readonly string[];
  /** Parses the text: one that remembers its last text need not read all of it again. */
  readonly parse?: (text: string) => ParseResult;
}

/** Compiles a text: yields the program once it is checked, and completes it by the analysis of its form. */
export function* createProgram(input: ProgramInput): Generator<Program, Program> {
  const { path, text, unsaved, allow = [], parse } = input;
  const contexts = new Map<string, CheckContext>();
  const terms = new Map<Expr, Term>();
  let main: Module | null = null;
  let loader: ModuleLoader | null = null;
  const steps = compileInSteps(
    { file: path, source: text, allow },
    {
      ...(unsaved === undefined ? {} : { unsaved }),
      ...(parse === undefined ? {} : { parseMain: parse }),
      onModule: (module, from) => {
        main = module;
        loader = from;
      },
      onModel: (ctx) => void contexts.set(ctx.model.decl.name.name, ctx),
      onTerm: (expr, env, term) => {
        if (env.source === main?.source && !terms.has(expr)) terms.set(expr, term);
      },
    },
  );
  const checked = steps.next();
  const program = new Program({ path, text, compilation: checked.value, main, loader, contexts, terms });
  if (checked.done === true) return program;
  yield program;
  const whole = steps.next();
  program.compilation = whole.value;
  return program;
}

/** The whole program at once. */
export function programOf(input: ProgramInput): Program {
  const steps = createProgram(input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
