import type { Parameter, Span } from "../../../grammar/ast.ts";
import type { ColumnSchema, FunctionSchema, GroupSchema, OptionSchema } from "../../registry/index.ts";
import type { Entity, EntityOf } from "../../resolve/entity.ts";
import type { Module } from "../../resolve/module.ts";
import type { Location } from "../../source/source-text.ts";

/** What a name in a file stands for. */
export type Target =
  | { readonly kind: "entity"; readonly entity: Entity }
  /** A parameter of a function, set or task: seen in its body, as a named argument, and as an option of its uses. */
  | { readonly kind: "parameter"; readonly parameter: Parameter; readonly of: Entity; readonly at: Location }
  | { readonly kind: "function"; readonly schema: FunctionSchema | ColumnSchema }
  | { readonly kind: "group"; readonly schema: GroupSchema; readonly what: string }
  | { readonly kind: "option"; readonly option: OptionSchema; readonly of: string }
  /** A word that is a value: of an option, a criterion, a part of the data. */
  | { readonly kind: "word"; readonly doc: string | null }
  | { readonly kind: "type" }
  /** What follows the name of a graph. */
  | { readonly kind: "graph-part"; readonly graph: EntityOf<"graph">; readonly part: string }
  | { readonly kind: "role" }
  | { readonly kind: "key"; readonly doc: string | null }
  | { readonly kind: "label" }
  | { readonly kind: "assumption"; readonly doc: string }
  | { readonly kind: "unknown" };

/** One name in a file. */
export interface NameUse {
  readonly span: Span;
  readonly name: string;
  readonly target: Target;
  readonly declares: boolean;
  /** The declared name of an import's alias: `pinball` of `pinball as check`. */
  readonly alias?: true;
}

/** All names of one file, by place. */
export interface ModuleNames {
  readonly module: Module;
  readonly uses: readonly NameUse[];
}

/** Where the target is declared; `null` for what the language itself has. */
export function declarationOf(target: Target): Location | null {
  if (target.kind === "entity") return target.entity.kind === "poison" ? null : target.entity.at;
  return target.kind === "parameter" ? target.at : null;
}

/** Identity of what a target names, over compilations; `null` for what the language itself has. */
export function targetKey(target: Target): string | null {
  const at = declarationOf(target);
  return at === null ? null : `${at.source.path}:${at.span.start}`;
}

/** The use whose span holds `offset`, its end included; of two that touch, the one that begins there. */
export function useAt(names: ModuleNames, offset: number): NameUse | null {
  const { uses } = names;
  let low = 0;
  let high = uses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (uses[middle]!.span.start <= offset) low = middle + 1;
    else high = middle;
  }
  const found = uses[low - 1];
  return found !== undefined && offset <= found.span.end ? found : null;
}
