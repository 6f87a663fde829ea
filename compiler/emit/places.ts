import type { Origin } from "../../runtime/ir/expr.ts";
import type { Place } from "../../runtime/spec.ts";

/** Turns origins into places that people read, and into the text that stands there. */
export class Places {
  readonly #files: readonly string[];
  readonly #sources: readonly (string | undefined)[];

  /** @param sources texts of `files`, in order; without a text a place names its file alone */
  constructor(files: readonly string[], sources: readonly (string | undefined)[] = []) {
    this.#files = files;
    this.#sources = sources;
  }

  /** `model.dro:12:3`; lines and columns count from 1, columns in UTF-16 units. */
  place(at: Origin | undefined): Place {
    if (at === undefined) return this.#files[0] ?? "";
    const position = this.#position(at);
    const file = this.#files[at.file] ?? "";
    return position === null ? file : `${file}:${position.line}:${position.column}`;
  }

  /** `model.dro:12` */
  line(at: Origin | undefined): string {
    const position = at === undefined ? null : this.#position(at);
    const file = this.#files[at?.file ?? 0] ?? "";
    return position === null ? file : `${file}:${position.line}`;
  }

  /** The source text of an origin, `null` where the source is not at hand. */
  text(at: Origin | undefined): string | null {
    const source = at === undefined ? undefined : this.#sources[at.file];
    return source === undefined || at === undefined ? null : source.slice(at.start, at.end);
  }

  #position(at: Origin): { readonly line: number; readonly column: number } | null {
    const source = this.#sources[at.file];
    if (source === undefined) return null;
    const before = source.slice(0, at.start).split(/\r\n|\n|\r/);
    return { line: before.length, column: before.at(-1)!.length + 1 };
  }
}
