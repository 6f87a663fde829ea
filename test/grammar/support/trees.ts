/** Trees without places, for comparing what two texts mean. */
import type { SourceFile } from "../../../grammar/index.ts";

/** A tree without spans and comments: two files with equal shapes mean the same. */
export function shapeOf(file: SourceFile): unknown {
  const { comments: _comments, ...rest } = file;
  return JSON.parse(JSON.stringify(rest, (key, value: unknown) => (key === "span" ? undefined : value)));
}

/** Every span of a tree with its path, for checking that they nest. */
export function spansOf(
  node: unknown,
  path = "file",
): { path: string; span: { start: number; end: number }; parent: string | null }[] {
  const found: { path: string; span: { start: number; end: number }; parent: string | null }[] = [];
  const walk = (value: unknown, at: string, parent: string | null): void => {
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) walk(item, `${at}[${i}]`, parent);
    } else if (typeof value === "object" && value !== null) {
      let inner = parent;
      if ("span" in value) {
        found.push({ path: at, span: value.span as { start: number; end: number }, parent });
        inner = at;
      }
      for (const [key, child] of Object.entries(value)) if (key !== "span") walk(child, `${at}.${key}`, inner);
    }
  };
  walk(node, path, null);
  return found;
}
