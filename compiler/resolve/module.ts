import type { Decl, SourceFile } from "../../grammar/ast.ts";
import type { SourceText } from "../source/source-text.ts";
import type { Entity } from "./entity.ts";
import type { Scope } from "./scope.ts";

/** One parsed file. */
export interface Module {
  readonly source: SourceText;
  readonly file: SourceFile;
  /** Part of the standard library. */
  readonly library: boolean;
  /** What its imports bring in, by the name used here. */
  readonly imported: Scope;
  /** Its own file-level declarations, then its imports: what it exports and what its functions see. */
  readonly scope: Scope;
  /** Own file-level names and models; the imported ones are not handed on. */
  readonly exports: {
    readonly values: ReadonlyMap<string, Entity>;
    readonly units: ReadonlyMap<string, Entity>;
    readonly models: ReadonlyMap<string, Entity>;
  };
  /** Names on lines with a syntax error: their declarations may have been lost, so nothing is said about them. */
  readonly suspects: ReadonlySet<string>;
  readonly syntaxErrors: boolean;
}

/** A declaration with the file it stands in; `from` is the model that it was inherited from. */
export interface PlacedDecl {
  readonly decl: Decl;
  readonly module: Module;
  readonly from: string | null;
}
