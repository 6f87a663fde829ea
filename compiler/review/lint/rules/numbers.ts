import type { Expr, NumberExpr } from "../../../../grammar/ast.ts";
import { walkSyntax, type SyntaxNode } from "../../../resolve/walk.ts";
import { percentText } from "../../diff/text.ts";
import { declarationsOf, type LintContext, type LintRule } from "../context.ts";

/** Numbers that need no name: neutral elements, halves, and the 2 of a square. */
const PLAIN = new Set([0, 0.5, 1, 2]);

/** Numbers in losses, risks, constraints and transitions that no parameter names. */
export const magicNumbers: LintRule = (context) => {
  for (const decl of declarationsOf(context)) {
    if (decl.kind === "loss") report(context, decl.value, "the loss");
    if (decl.kind === "risk") report(context, decl.value, "the risk");
    if (decl.kind === "next") report(context, decl.value, "a transition");
    if (decl.kind === "fn") report(context, decl.body, "a function");
    if (decl.kind === "stage") {
      for (const inner of decl.declarations) {
        if (inner.kind === "loss" || inner.kind === "next") report(context, inner.value, "a stage");
      }
    }
    if (decl.kind === "subject-to") {
      for (const { first, relations } of decl.constraints) {
        for (const side of [first, ...relations.map((one) => one.right)]) report(context, side, "a constraint");
      }
    }
  }
};

function report(context: LintContext, root: Expr, where: string): void {
  const exempt = new Set<SyntaxNode>();
  walkSyntax(root, (node) => {
    for (const one of named(node)) exempt.add(one);
    if (!isNumber(node) || exempt.has(node) || PLAIN.has(node.value)) return;
    context.report("magic-number", node.span, { number: node.text, where });
  });
}

/** Numbers that their place names: `level = 90%`, an exponent, an index, the bounds of a range of indices. */
function named(node: SyntaxNode): readonly SyntaxNode[] {
  if (isKind(node, "call")) return node.arguments.flatMap((one) => (one.name === undefined ? [] : [one.value]));
  if (isKind(node, "binary") && node.op === "^") return [node.right];
  if (isKind(node, "index")) return node.indices.flatMap((one) => (one.kind === "range" ? [one.from, one.to] : [one]));
  return [];
}

function isKind<K extends Expr["kind"]>(node: SyntaxNode, kind: K): node is Extract<Expr, { readonly kind: K }> {
  return node.kind === kind;
}

function isNumber(node: SyntaxNode): node is NumberExpr {
  return node.kind === "number";
}

/** `level = 0.9`: the named arguments and options that are shares. */
const SHARES = new Set(["level", "tail", "worst", "ratio", "hardest"]);

export const fractionsAsPercent: LintRule = (context) => {
  const check = (name: string, value: Expr): void => {
    if (!SHARES.has(name) || value.kind !== "number" || value.percent || value.value <= 0 || value.value >= 1) return;
    const percent = percentText(value.value);
    // Only where the percentage is the very same number.
    if (Number(percent.slice(0, -1)) / 100 !== value.value) return;
    context.report("fraction-as-percent", value.span, { name, number: value.text, percent }, [
      { span: value.span, text: percent },
    ]);
  };
  walkSyntax(context.file, (node) => {
    if (isKind(node, "call"))
      for (const { name, value } of node.arguments) if (name !== undefined) check(name.name, value);
    if (node.kind === "option" && "key" in node && "value" in node) {
      const option = node as SyntaxNode & { readonly key: { readonly name: string }; readonly value: Expr };
      check(option.key.name, option.value);
    }
  });
};

export const digitGroups: LintRule = (context) => {
  walkSyntax(context.file, (node) => {
    if (!isNumber(node) || !/^\d{5,}$/.test(node.text)) return;
    const grouped = node.text.replaceAll(/\B(?=(\d{3})+$)/g, "_");
    context.report("digit-groups", node.span, { number: node.text, grouped }, [{ span: node.span, text: grouped }]);
  });
};

export const choicesOfOne: LintRule = (context) => {
  walkSyntax(context.file, (node) => {
    if (isKind(node, "call") && node.callee.name === "one_of" && node.arguments.length === 1) {
      context.report("choice-of-one", node.span, {});
    }
  });
};
