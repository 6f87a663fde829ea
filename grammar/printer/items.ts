/**
 * Lists of items with their comments: blocks, options, arguments, and the file itself. Comments above an item stay
 * above it, a comment at the end of an item's line stays there, and a comment inside an item that has no list to hold
 * it moves above the item.
 */
import type { Comment, Span } from "../ast.ts";
import { wordSpecs } from "../lexing/words.ts";
import type { CommentBook } from "./comments.ts";
import { hasBlankLine } from "./comments.ts";
import {
  blankLine,
  blankOrSpace,
  concat,
  concatAll,
  endComment,
  group,
  hardLine,
  ifBroken,
  indent,
  leadingText,
  line,
  softLine,
} from "./doc.ts";
import type { Doc } from "./doc.ts";

export interface Item {
  readonly span: Span;
  readonly doc?: string | undefined;
  /** Called once, in order. `pad` is what `Columns.pads` gave for this item. */
  print(pad: Doc): Doc;
  /** An empty line before it even where the source has none. */
  readonly separate?: boolean;
  /** Text that items next to each other line up after. */
  readonly column?: { readonly kind: string; readonly width: number };
}

interface PlacedComment {
  readonly text: string;
  readonly blankBefore: boolean;
}

/** An item as it will be printed: the comments above it, then perhaps an empty line, then what belongs to it. */
export interface Row {
  readonly leading: readonly PlacedComment[];
  readonly blankBefore: boolean;
  /** Comments that stood inside the item, and had to move above it. */
  readonly moved: readonly string[];
  readonly docs: readonly string[];
  readonly body: Doc;
  readonly trailing: string | null;
  /** Its first word would go on with the line above, so a comma must stand between. */
  readonly continues: boolean;
}

interface OpenRow extends Omit<Row, "moved" | "trailing"> {
  readonly moved: string[];
  trailing: string | null;
}

export interface Rows {
  /** A comment on the line of the opening bracket. */
  readonly opener: string | null;
  readonly rows: readonly Row[];
  /** Comments after the last item. */
  readonly dangling: readonly PlacedComment[];
}

/**
 * Gathers items and the comments of `range` (from the opening bracket to the closing one).
 *
 * @param inline - the list may stand on one line, so padding applies only where it breaks
 */
export function gather(items: readonly Item[], range: Span, source: string, book: CommentBook, inline: boolean): Rows {
  const rows: OpenRow[] = [];
  let opener: string | null = null;
  let end = range.start;
  const gapBefore = (start: number): boolean => hasBlankLine(source.slice(end, start));

  // Comments between items are taken first, so that what remains inside an item is the item's own.
  const between = items.map((item, i) => {
    const from = i === 0 ? range.start : (items[i - 1]?.span.end ?? range.start);
    return book.take(from, item.span.start);
  });
  const pads = columnPads(items, between, source, inline);

  for (const [i, item] of items.entries()) {
    let above = between[i] ?? [];
    const [first] = above;
    if (first && !first.ownLine) {
      const previous = rows.at(-1);
      if (previous) trail(previous, first.text);
      else opener = first.text;
      end = first.span.end;
      above = above.slice(1);
    }
    const leading: PlacedComment[] = [];
    let separate = item.separate === true;
    for (const { text, span } of above) {
      const blankBefore = rows.length + leading.length > 0 && (separate || gapBefore(span.start));
      leading.push({ text, blankBefore });
      separate = false;
      end = span.end;
    }
    const blankBefore = rows.length + leading.length > 0 && (separate || gapBefore(item.span.start));
    const body = item.print(pads[i] ?? "");
    const inside = book.take(item.span.start, item.span.end);
    const [only] = inside;
    // One comment at a line end within an item goes to the item's own line end; several go above it.
    const trailing = inside.length === 1 && only && !only.ownLine ? only.text : null;
    const docs =
      item.doc === undefined ? [] : item.doc.split("\n").map((text) => (text === "" ? "///" : `/// ${text}`));
    const moved = trailing === null ? inside.map((comment) => comment.text) : [];
    rows.push({ leading, blankBefore, moved, docs, body, trailing, continues: beginsLikeContinuation(body) });
    end = item.span.end;
  }

  const dangling: PlacedComment[] = [];
  for (const comment of book.take(end, range.end)) {
    const previous = rows.at(-1);
    if (!comment.ownLine && previous && dangling.length === 0) trail(previous, comment.text);
    else
      dangling.push({
        text: comment.text,
        blankBefore: (rows.length > 0 || dangling.length > 0) && gapBefore(comment.span.start),
      });
    end = comment.span.end;
  }
  return { opener, rows, dangling };
}

/** Puts a comment at the end of a row; one that came from inside the row moves above it. */
function trail(row: OpenRow, text: string): void {
  if (row.trailing !== null) row.moved.push(row.trailing);
  row.trailing = text;
}

/** A word that would go on with the line above, unless a colon makes it a key or a label. */
function beginsLikeContinuation(body: Doc): boolean {
  const [, word = "", colon = ""] = /^(\w+)(:?)/.exec(leadingText(body, 60)) ?? [];
  return colon === "" && wordSpecs.get(word)?.continues !== undefined;
}

/** Spaces that line up the columns of neighbouring items of one kind: no empty line, comment or doc between them. */
function columnPads(
  items: readonly Item[],
  between: readonly (readonly Comment[])[],
  source: string,
  inline: boolean,
): Doc[] {
  const pads: Doc[] = items.map(() => "");
  for (let start = 0; start < items.length;) {
    const kind = items[start]?.column?.kind;
    let end = start + 1;
    while (items[end]?.column?.kind === kind && adjoins(items, between, source, end)) end += 1;
    const run = items.slice(start, end);
    const width = run.reduce((widest, item) => Math.max(widest, item.column?.width ?? 0), 0);
    for (const [i, item] of run.entries()) {
      const pad = " ".repeat(width - (item.column?.width ?? width));
      pads[start + i] = inline && pad !== "" ? ifBroken(pad, "") : pad;
    }
    start = end;
  }
  return pads;
}

function adjoins(
  items: readonly Item[],
  between: readonly (readonly Comment[])[],
  source: string,
  index: number,
): boolean {
  const item = items[index];
  const previous = items[index - 1];
  if (!item || !previous || item.doc !== undefined) return false;
  const above = between[index] ?? [];
  if (above.some((comment) => comment.ownLine)) return false;
  const from = above.at(-1)?.span.end ?? previous.span.end;
  return !hasBlankLine(source.slice(from, item.span.start));
}

/** Rows under each other. `separator` stands after every row but the last (`","` or nothing). */
export function stack(rows: Rows, separator: "," | ""): Doc {
  const parts: Doc[] = [];
  for (const [i, row] of rows.rows.entries()) {
    let first = i === 0;
    const breakLine = (blank: boolean): void => {
      if (!first) parts.push(blank ? blankLine : hardLine);
      first = false;
    };
    for (const { text, blankBefore } of row.leading) {
      breakLine(blankBefore);
      parts.push(text);
    }
    breakLine(row.blankBefore);
    for (const text of [...row.moved, ...row.docs]) parts.push(text, hardLine);
    parts.push(row.body);
    const following = rows.rows[i + 1];
    if (following && (separator === "," || following.continues)) parts.push(",");
    if (row.trailing !== null) parts.push(endComment(row.trailing));
  }
  for (const [i, comment] of rows.dangling.entries()) {
    if (i > 0 || rows.rows.length > 0) parts.push(comment.blankBefore ? blankLine : hardLine);
    parts.push(comment.text);
  }
  return concatAll(parts);
}

function hasComments(rows: Rows): boolean {
  return (
    rows.opener !== null ||
    rows.dangling.length > 0 ||
    rows.rows.some((row) => row.leading.length + row.moved.length + row.docs.length > 0 || row.trailing !== null)
  );
}

/** A block whose items always stand under each other. */
export function block(rows: Rows): Doc {
  if (rows.rows.length === 0 && !hasComments(rows)) return "{}";
  return concat(
    "{",
    rows.opener === null ? "" : endComment(rows.opener),
    indent(concat(hardLine, stack(rows, ""))),
    hardLine,
    "}",
  );
}

/** `{ a, b }` on one line where it fits, else one item a line without commas. */
export function braces(rows: Rows): Doc {
  if (rows.rows.length === 0 && !hasComments(rows)) return "{}";
  if (hasComments(rows)) return block(rows);
  const parts: Doc[] = [];
  for (const [i, row] of rows.rows.entries()) {
    if (i > 0) parts.push(row.continues ? "," : ifBroken("", ","), row.blankBefore ? blankOrSpace : line);
    parts.push(row.body);
  }
  return group(concat("{", indent(concat(line, concatAll(parts))), line, "}"));
}

/** `(a, b)` or `[a, b]`, broken with one item a line where it does not fit. */
export function enclosed(open: string, rows: Rows, close: string): Doc {
  if (rows.rows.length === 0 && !hasComments(rows)) return `${open}${close}`;
  if (hasComments(rows)) {
    const opener = rows.opener === null ? "" : endComment(rows.opener);
    return concat(open, opener, indent(concat(hardLine, stack(rows, ","))), hardLine, close);
  }
  return group(concat(open, indent(concat(softLine, separated(rows))), softLine, close));
}

/** `a, b` without brackets, broken with one item a line where it does not fit. */
export function commas(rows: Rows): Doc {
  if (hasComments(rows)) return stack(rows, ",");
  return group(separated(rows));
}

function separated({ rows }: Rows): Doc {
  return concatAll(rows.flatMap((row, i): Doc[] => (i === 0 ? [row.body] : [",", line, row.body])));
}
