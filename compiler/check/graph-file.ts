import type { CallExpr } from "../../grammar/ast.ts";
import { didYouMean, listNames } from "../diagnostics/index.ts";
import { readEdgeList, type EdgeList } from "../source/edge-list.ts";
import { limits } from "../source/limits.ts";
import { readSourceFile, type ReadProblem } from "../source/read-source.ts";
import { confinedPath } from "./confined-path.ts";
import { locate, type CheckContext, type Env } from "./context.ts";

/**
 * `csv("roads.csv", from = "tail", to = "head")`: a table with one edge a row, whose order is that of `G.edges`. It is read
 * here, where dims and rows are made, and is thus part of the model's meaning.
 *
 * @returns `null` after reporting
 */
export function edgesOfFile(ctx: CheckContext, name: string, call: CallExpr, env: Env): EdgeList | null {
  const [file, ...others] = call.arguments;
  const texts = new Map<string, string>();
  for (const { name: key, value } of others) {
    if (key !== undefined && value.kind === "string") texts.set(key.name, value.value);
  }
  const [from, to] = [texts.get("from"), texts.get("to")];
  if (
    file === undefined ||
    file.name !== undefined ||
    file.value.kind !== "string" ||
    others.length !== 2 ||
    from === undefined ||
    to === undefined
  ) {
    if (!call.arguments.some(({ value }) => value.kind === "error")) {
      ctx.reporter.report("graph-file-form", locate(env, call), { name });
    }
    return null;
  }
  const at = locate(env, file.value);
  const shown = file.value.value;
  const path = confinedPath(ctx, shown, at);
  if (path === null) return null;
  const read = readSourceFile(path);
  if ("problem" in read) {
    ctx.reporter.report("graph-file-unreadable", at, { path: shown, reason: reasonOf(read.problem) });
    return null;
  }
  const list = readEdgeList(read.text, { from, to }, limits.graphNodes);
  if (!("kind" in list)) return list;
  if (list.kind === "row") {
    ctx.reporter.report("graph-file-row", at, { path: shown, line: list.line, reason: list.reason });
    return null;
  }
  const argument = others.find(({ name: key }) => key?.name === (list.column === from ? "from" : "to"))!;
  ctx.reporter.report("graph-file-column", locate(env, argument.value), {
    path: shown,
    column: list.column,
    suggestion: didYouMean(list.column, list.known),
    known: listNames(list.known.map((one) => `\`${one}\``)),
  });
  return null;
}

function reasonOf(problem: ReadProblem): string {
  switch (problem.kind) {
    case "missing":
      return "there is no such file";
    case "directory":
      return "it is a folder";
    case "not-regular":
      return "it is not an ordinary file";
    case "not-utf8":
      return "it is not UTF-8 text";
    case "too-large":
      return `it has ${problem.bytes} bytes, and a graph's may have ${limits.fileBytes}`;
    case "unreadable":
      return problem.reason;
  }
}
