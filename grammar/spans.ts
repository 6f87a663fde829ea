/** The one place where tokens become spans. */
import type { Span } from "./ast.ts";

/**
 * What a span needs of a token. Tokens inserted by the layout have an empty `image` and sit at the end of the token
 * before them; Chevrotain's end-of-file token has `NaN` for its offset.
 */
export interface Placed {
  readonly image: string;
  readonly startOffset: number;
}

/** End of a token, exclusive; `fallback` where the token has no place (end of file, or nothing read yet). */
export function endOf(token: Placed, fallback = 0): number {
  return Number.isFinite(token.startOffset) ? token.startOffset + token.image.length : fallback;
}

/**
 * The span from the start of `first` to the end of `last`.
 *
 * @param first - first token of a node, or the token that was met where a node should have begun
 * @param last - last token consumed; before `first` (or without a place) where the node is empty, which gives an empty
 *   span at `first`
 * @param sourceLength - where the end-of-file token is taken to be
 */
export function spanOf(first: Placed, last: Placed, sourceLength: number): Span {
  const start = Number.isFinite(first.startOffset) ? first.startOffset : sourceLength;
  return { start, end: Math.max(start, endOf(last, start)) };
}
