/** Which comment belongs where. Every comment is taken exactly once, so none is lost or doubled. */
import type { Comment } from "../ast.ts";

export class CommentBook {
  readonly #comments: readonly Comment[];
  readonly #taken = new Set<Comment>();

  constructor(comments: readonly Comment[]) {
    this.#comments = comments;
  }

  /** The comments in `[start, end)` that nobody has taken, in order; they are now taken. */
  take(start: number, end: number): Comment[] {
    const found: Comment[] = [];
    for (let i = this.#firstFrom(start); i < this.#comments.length; i++) {
      const comment = this.#comments[i];
      if (!comment || comment.span.start >= end) break;
      if (this.#taken.has(comment)) continue;
      this.#taken.add(comment);
      found.push(comment);
    }
    return found;
  }

  #firstFrom(offset: number): number {
    let low = 0;
    let high = this.#comments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#comments[middle]?.span.start ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether an empty line stands in a piece of source between two items, before any doc comment in it. */
export function hasBlankLine(gap: string): boolean {
  const doc = gap.indexOf("///");
  return /(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)/.test(doc < 0 ? gap : gap.slice(0, doc));
}
