import { relative, sep } from "node:path";
import type { Compilation } from "../compile.ts";
import type { Diagnostic } from "../diagnostics/index.ts";
import type { SourceText } from "../source/source-text.ts";

/** The compiler speaks of the file that names another; here nobody but the command line does. */
const MISSING_HELP = "correct the path; it is relative to the working folder";

export interface Relabelled {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
}

/**
 * Prepares diagnostics for a person at a command line. Names sources by their path from `cwd` instead of from the spec's folder: that is what a terminal opens, what GitHub
 * annotates, and what tells two files of one name apart. The standard library keeps its `std/…` names. A file without
 * text (missing, a folder, empty) has no line to show, so it is left out of the sources.
 */
export function relabel(compilation: Compilation, cwd: string): Relabelled {
  const names = new Map<string, string>();
  const main = compilation.sources[0]?.name;
  const sources = compilation.sources.map((source) => {
    const name = source.name.startsWith("std/") ? source.name : relative(cwd, source.path).split(sep).join("/");
    names.set(source.name, name);
    return { ...source, name };
  });
  const rename = <T extends { readonly file: string }>(place: T): T => ({
    ...place,
    file: names.get(place.file) ?? place.file,
  });
  const diagnostics = compilation.diagnostics.map((d) => {
    const named = d.code === "file-missing" && d.file === main;
    return { ...rename(d), related: d.related.map(rename), ...(named ? { help: MISSING_HELP } : {}) };
  });
  return { diagnostics, sources: sources.filter((source) => source.text !== "") };
}
