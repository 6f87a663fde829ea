import type { ParseResult } from "../../grammar/ast.ts";
import { hasErrors, type Diagnostic } from "../diagnostics/index.ts";
import { moved, differenceOf } from "./places.ts";
import { createProgram, type Program } from "./program.ts";
import { createReparser } from "./reparse.ts";

/** A file that is open in the editor, with its text as it stands there. */
export interface OpenFile {
  readonly uri: string;
  readonly path: string;
  readonly text: string;
  readonly version: number;
}

/** What an open file's text was found to be. `complete`: the analysis of form and feasible set is in it too. */
export interface Found {
  readonly file: OpenFile;
  readonly program: Program;
  readonly diagnostics: readonly Diagnostic[];
  readonly complete: boolean;
}

interface State {
  file: OpenFile;
  readonly parse: (text: string) => ParseResult;
  /** Of `file.text`, or of an earlier text while `stale`. */
  program: Program | null;
  /** Completes `program`; `null` once it is complete. */
  rest: Generator<Program, Program> | null;
  /** Whether the linter has read `program`. */
  reviewed: boolean;
  stale: boolean;
  /** The last program without a syntax error, with all of its analysis. */
  good: Program | null;
  /** What was found of the last text whose checks found no error, and that text. */
  late: { readonly text: string; readonly diagnostics: readonly Diagnostic[] };
  /** Whether the checks of `program` found no error. */
  sound: boolean;
  timer: NodeJS.Timeout | null;
}

/** Waits at least so long after a change, in ms, so that what the editor asks with it is answered first. */
const LEAST_DELAY = 4;
const MOST_DELAY = 250;
/** The linter reads a sound text once typing rests. */
const REVIEW_DELAY = 120;
/** Files that import a changed one are read again when typing rests. */
const DEPENDENT_DELAY = 250;

/**
 * The open files, each with the newest program that is known of it. A change is compiled in two parts, the checks and
 * then the analysis, and whatever the editor asks meanwhile is answered between them.
 */
export class Documents {
  readonly #states = new Map<string, State>();
  readonly #publish: (found: Found) => void;
  readonly #review: (program: Program) => readonly Diagnostic[];
  /** Folders besides a file's own from which it may name files. */
  allow: readonly string[] = [];
  /** How long the last checks took, in ms: typing that outruns them is waited for. */
  #lastChecks = 0;

  /**
   * @param publish - hears of every change of what is known of a file, first of the checks and then of the whole
   * @param review - what is said of a whole program: its diagnostics, and those of the linter
   */
  constructor(publish: (found: Found) => void, review: (program: Program) => readonly Diagnostic[]) {
    this.#publish = publish;
    this.#review = review;
  }

  open(file: OpenFile): void {
    const late = { text: file.text, diagnostics: [] };
    this.#states.set(file.uri, {
      file,
      parse: createReparser(),
      program: null,
      rest: null,
      reviewed: false,
      stale: true,
      good: null,
      late,
      sound: false,
      timer: null,
    });
    this.#schedule(file.uri, LEAST_DELAY);
  }

  change(file: OpenFile): void {
    const state = this.#states.get(file.uri);
    if (state === undefined) return this.open(file);
    state.file = file;
    state.rest = null;
    state.stale = true;
    this.#schedule(file.uri, Math.min(MOST_DELAY, Math.max(LEAST_DELAY, this.#lastChecks / 8)));
    for (const other of this.#states.values()) {
      const reads = other.program?.modules.some(({ source }) => source.path === file.path) ?? false;
      if (other.file.uri === file.uri || !reads) continue;
      other.stale = true;
      other.rest = null;
      this.#schedule(other.file.uri, DEPENDENT_DELAY);
    }
  }

  close(uri: string): void {
    const state = this.#states.get(uri);
    if (state?.timer != null) clearTimeout(state.timer);
    this.#states.delete(uri);
  }

  closeAll(): void {
    for (const uri of this.uris) this.close(uri);
  }

  get uris(): readonly string[] {
    return [...this.#states.keys()];
  }

  file(uri: string): OpenFile | null {
    return this.#states.get(uri)?.file ?? null;
  }

  /** The text of a path that is open; `null` for others. */
  readonly unsaved = (path: string): string | null => {
    for (const { file } of this.#states.values()) if (file.path === path) return file.text;
    return null;
  };

  /** The newest program, which may be of an earlier text: for what must be answered at once. */
  latest(uri: string): Program | null {
    return this.#states.get(uri)?.program ?? null;
  }

  /** The program of the text as it stands, checked now if it is not yet. */
  current(uri: string): Program | null {
    const state = this.#states.get(uri);
    if (state === undefined) return null;
    if (state.stale || state.program === null) this.#check(state);
    return state.program;
  }

  /** The program of the text as it stands, with its analysis. */
  whole(uri: string): Program | null {
    const state = this.#states.get(uri);
    if (state === undefined) return null;
    if (state.stale || state.program === null) this.#check(state);
    this.#complete(state);
    return state.program;
  }

  /** The last program whose text was read without a syntax error. */
  good(uri: string): Program | null {
    return this.#states.get(uri)?.good ?? null;
  }

  /** Reads every open file again: something on the disk has changed. */
  refresh(): void {
    for (const state of this.#states.values()) {
      state.stale = true;
      state.rest = null;
      this.#schedule(state.file.uri, LEAST_DELAY);
    }
  }

  #schedule(uri: string, delay: number): void {
    const state = this.#states.get(uri);
    if (state === undefined) return;
    if (state.timer !== null) clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      state.timer = null;
      if (state.stale || state.program === null) this.#check(state);
      else this.#tell(state);
      // The rest waits for what the editor has asked meanwhile.
      setImmediate(() => {
        if (this.#states.get(uri) !== state || state.stale) return;
        this.#complete(state);
        this.#scheduleReview(state);
      });
    }, delay);
  }

  #scheduleReview(state: State): void {
    if (state.reviewed || state.timer !== null) return;
    state.timer = setTimeout(() => {
      state.timer = null;
      if (state.stale || state.rest !== null) return;
      state.reviewed = true;
      this.#tell(state);
    }, REVIEW_DELAY);
  }

  #check(state: State): void {
    const start = performance.now();
    const { path, text } = state.file;
    const steps = createProgram({ path, text, unsaved: this.unsaved, allow: this.allow, parse: state.parse });
    const first = steps.next();
    state.program = first.value;
    state.rest = first.done === true ? null : steps;
    state.reviewed = false;
    state.stale = false;
    state.sound = !hasErrors(first.value.compilation.diagnostics);
    this.#lastChecks = performance.now() - start;
    this.#tell(state);
    if (state.rest === null && first.value.wellFormed) state.good = first.value;
  }

  #complete(state: State): void {
    const { rest, program } = state;
    if (rest === null || program === null) return;
    rest.next();
    state.rest = null;
    if (program.wellFormed) state.good = program;
    this.#tell(state);
  }

  /**
   * Between the checks, the analysis and the linter, what was last found of a sound text is kept at its place, so that
   * nothing flickers: errors are told at once, warnings when all has been read.
   */
  #tell(state: State): void {
    const { program, file, rest, reviewed } = state;
    if (program === null) return;
    const complete = rest === null;
    const { diagnostics } = program.compilation;
    if (complete && reviewed) {
      const found = this.#review(program);
      state.late = { text: program.text, diagnostics: found };
      return this.#publish({ file, program, complete, diagnostics: found });
    }
    const failed = hasErrors(diagnostics);
    if (complete && failed && state.sound) state.late = { text: program.text, diagnostics };
    this.#publish({ file, program, complete, diagnostics: failed ? diagnostics : kept(state, complete) });
  }
}

/**
 * The last sound text's diagnostics, moved to where their text is now; those whose text changed are left out, and where
 * the analysis found no error those of an earlier one.
 */
function kept({ late, file }: State, analysed: boolean): readonly Diagnostic[] {
  if (late.diagnostics.length === 0) return [];
  const difference = differenceOf(late.text, file.text);
  return late.diagnostics.flatMap((diagnostic): Diagnostic[] => {
    if (analysed && diagnostic.severity === "error") return [];
    const start = moved(diagnostic.span.start, difference);
    const end = moved(diagnostic.span.end, difference);
    return start === null || end === null || start > end ? [] : [{ ...diagnostic, span: { start, end } }];
  });
}
