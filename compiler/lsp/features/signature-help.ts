import type { SignatureHelp } from "vscode-languageserver";
import { tokenize } from "../../../grammar/index.ts";
import type { Entity } from "../../resolve/entity.ts";
import { builtinFunction } from "../names/walk-expressions.ts";
import type { Program } from "../program.ts";
import { parameterText, signatureOf } from "./describe.ts";
import { modelAt } from "./models.ts";

/** The call around an offset, and which of its arguments is being written. */
interface Call {
  readonly name: string;
  readonly argument: number;
  /** Name of the argument where it is given by name. */
  readonly named: string | null;
}

/** How the function around an offset is written; read from the tokens, so that a call half typed will do. */
export function signatureHelp(text: string, offset: number, programs: readonly Program[]): SignatureHelp | null {
  const call = callAround(text, offset);
  if (call === null) return null;
  const entity = entityNamed(call.name, offset, programs);
  if (entity !== null && (entity.kind === "fn" || entity.kind === "set" || entity.kind === "task")) {
    const { parameters } = entity.decl;
    const named = parameters.findIndex((parameter) => parameter.name.name === call.named);
    const doc = entity.decl.doc;
    return {
      signatures: [
        {
          label: signatureOf(entity),
          parameters: parameters.map((parameter) => ({ label: parameterText(entity, parameter) })),
          ...(doc === undefined ? {} : { documentation: doc }),
        },
      ],
      activeSignature: 0,
      activeParameter: named < 0 ? Math.min(call.argument, Math.max(0, parameters.length - 1)) : named,
    };
  }
  const builtin = builtinFunction(call.name);
  if (builtin === null) return null;
  const signatures = builtin.signature.split(" or ").map((label) => {
    const inside = /\((.*)\)/.exec(label)?.[1] ?? "";
    return {
      label,
      documentation: builtin.doc,
      parameters: inside === "" ? [] : inside.split(", ").map((one) => ({ label: one })),
    };
  });
  const fitting = signatures.findIndex(({ parameters }) => parameters.length > call.argument);
  const activeSignature = Math.max(0, fitting);
  const last = (signatures[activeSignature]?.parameters.length ?? 1) - 1;
  return { signatures, activeSignature, activeParameter: Math.max(0, Math.min(call.argument, last)) };
}

function callAround(text: string, offset: number): Call | null {
  const open: { readonly text: string; readonly name: string | null; arguments: number; named: string | null }[] = [];
  let previous: string | null = null;
  for (const token of tokenize(text)) {
    if (token.span.start >= offset) break;
    if (token.category === "comment" || token.category === "doc") continue;
    // A declaration at the start of a line ends whatever was left open above it.
    if (token.role === "declaration" && (token.span.start === 0 || text[token.span.start - 1] === "\n"))
      open.length = 0;
    if (token.text === "(" || token.text === "[" || token.text === "{") {
      open.push({ text: token.text, name: token.text === "(" ? previous : null, arguments: 0, named: null });
    } else if (token.text === ")" || token.text === "]" || token.text === "}") open.pop();
    const call = open.at(-1);
    if (call !== undefined && token.text === ",") {
      call.arguments++;
      call.named = null;
    }
    if (call !== undefined && token.text === "=") call.named = previous;
    previous = token.category === "name" || token.category === "word" ? token.text : null;
  }
  // A list inside a call is one of its arguments.
  const call = open.findLast(({ text: bracket }) => bracket !== "[");
  return call?.name == null ? null : { name: call.name, argument: call.arguments, named: call.named };
}

function entityNamed(name: string, offset: number, programs: readonly Program[]): Entity | null {
  for (const program of programs) {
    if (program.main === null) continue;
    const model = modelAt(program, offset)?.name.name;
    const ctx = model === undefined ? null : program.context(model);
    const entity = (ctx?.model.scopeOf(program.main) ?? program.main.scope).lookup(name);
    if (entity !== null) return entity;
  }
  return null;
}
