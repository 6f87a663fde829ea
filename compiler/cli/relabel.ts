import { relative, sep } from "node:path";
import type { Compilation } from "../compile.ts";
import type { Diagnostic } from "../diagnostics/index.ts";
import type { SourceText } from "../source/source-text.ts";

export interface Relabelled {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
}

/**
 * Names sources by their path from `cwd` instead of from the spec's folder: that is what a terminal opens, what GitHub
 * annotates, and what tells two files of one name apart. The standard library keeps its `std/…` names.
 */
export function relabel(compilation: Compilation, cwd: string): Relabelled {
  const names = new Map<string, string>();
  const sources = compilation.sources.map((source) => {
    const name = source.name.startsWith("std/") ? source.name : relative(cwd, source.path).split(sep).join("/");
    names.set(source.name, name);
    return { ...source, name };
  });
  const rename = <T extends { readonly file: string }>(place: T): T => ({
    ...place,
    file: names.get(place.file) ?? place.file,
  });
  const diagnostics = compilation.diagnostics.map((d) => ({ ...rename(d), related: d.related.map(rename) }));
  return { diagnostics, sources };
}
