import type { Span } from "../../grammar/ast.ts";

/** Any node of the syntax tree. */
export interface SyntaxNode {
  readonly kind: string;
  readonly span: Span;
}

/** Calls `visit` on every node below and including `root`, parents first, without recursion. */
export function walkSyntax(root: SyntaxNode, visit: (node: SyntaxNode, depth: number) => void): void {
  const pending: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }];
  while (pending.length > 0) {
    const { value, depth } = pending.pop()!;
    if (isSyntaxNode(value)) visit(value, depth);
    if (typeof value !== "object" || value === null) continue;
    const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    const next = isSyntaxNode(value) ? depth + 1 : depth;
    for (let i = parts.length - 1; i >= 0; i--) {
      if (typeof parts[i] === "object" && parts[i] !== null) pending.push({ value: parts[i], depth: next });
    }
  }
}

function isSyntaxNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" && value !== null && "kind" in value && "span" in value && typeof value.kind === "string"
  );
}
