import type { Expr, FunctionDecl, SetDecl } from "../../grammar/ast.ts";
import { suggestName } from "../diagnostics/index.ts";
import { functions } from "../registry/index.ts";
import { walkSyntax, type SyntaxNode } from "../resolve/walk.ts";
import { envOf, isSuspect, locate, type CheckContext, type Env } from "./context.ts";
import { reportUnknownDim } from "./declared.ts";

const builtin: ReadonlySet<string> = new Set([...functions.map((schema) => schema.name), "cvar"]);

/** Finds unknown names in functions and sets that nothing calls: their types are checked only where they are used. */
export function checkBodies(ctx: CheckContext): void {
  for (const entity of ctx.model.entities.values.values()) {
    if (entity.kind !== "fn" && entity.kind !== "set") continue;
    checkBody(ctx, entity.decl, envOf(entity.at.source, entity.scope));
  }
}

function checkBody(ctx: CheckContext, decl: FunctionDecl | SetDecl, env: Env): void {
  const locals = new Set(decl.parameters.map((parameter) => parameter.name.name));
  const roots: readonly SyntaxNode[] = decl.kind === "fn" ? [decl.body] : decl.constraints;
  for (const root of roots) {
    walkSyntax(root, (node) => {
      if (isNode(node, "name") && !locals.has(node.name))
        reportUnknown(ctx, node.name, node, "unknown-name", [...locals], env);
      if (isNode(node, "call") && !builtin.has(node.callee.name)) {
        reportUnknown(ctx, node.callee.name, node.callee, "unknown-function", [...builtin], env);
      }
      if (isNode(node, "over") && env.scope.lookup(node.dim.name) === null) {
        reportUnknownDim(ctx, node.dim.name, locate(env, node.dim), env);
      }
    });
  }
}

function isNode<K extends Expr["kind"]>(node: SyntaxNode, kind: K): node is Extract<Expr, { readonly kind: K }> {
  return node.kind === kind;
}

function reportUnknown(
  ctx: CheckContext,
  name: string,
  node: { readonly span: SyntaxNode["span"] },
  code: "unknown-name" | "unknown-function",
  more: readonly string[],
  env: Env,
): void {
  if (env.scope.lookup(name) !== null || isSuspect(ctx, name)) return;
  const suggestion = suggestName(name, [...more, ...env.scope.names()], "declare it, or make it a parameter");
  ctx.reporter.report(code, locate(env, node), { name, suggestion });
}
