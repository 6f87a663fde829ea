import { expect } from "vitest";
import { parse as parseText } from "../../grammar/index.ts";
import type { ParseResult, Span } from "../../grammar/ast.ts";
import { compile, type Compilation, type CompileInput } from "../../compiler/compile.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";

type Options = Omit<CompileInput, "file" | "source"> & { readonly file?: string };

/** A folder that does not exist: specs of the tests are texts, and nothing of theirs may be opened. */
const nowhere = "/nowhere/droc-tests/model.dro";

/** Text without its `~~~marks~~~`, and the spans that they marked, in order. */
export function unmark(marked: string): { readonly text: string; readonly spans: readonly Span[] } {
  const parts = marked.split("~~~");
  if (parts.length % 2 === 0) throw new Error("a ~~~mark is not closed");
  const spans: Span[] = [];
  let text = "";
  parts.forEach((part, i) => {
    if (i % 2 === 1) spans.push({ start: text.length, end: text.length + part.length });
    text += part;
  });
  return { text, spans };
}

export function parse(text: string): ParseResult {
  return parseText(text);
}

export function compileText(text: string, options: Options = {}): Compilation {
  const { file = nowhere, ...rest } = options;
  return compile({ file, source: text, ...rest });
}

/**
 * Compiles a text with `~~~marks~~~` and requires exactly the given codes, each at its mark, in order. A mark with
 * several problems has them joined by a space. Returns the compilation for more questions.
 */
export function diagnose(marked: string, codes: readonly string[], options: Options = {}): Compilation {
  const { text, spans } = unmark(marked);
  const compilation = compileText(text, options);
  const show = (code: string, span: Span): string =>
    `${code} at \`${text.slice(span.start, span.end)}\` (${span.start})`;
  const expected = codes.flatMap((code, i) => {
    const span = spans[i];
    if (span === undefined) throw new Error(`${codes.length} codes, but ${spans.length} marks`);
    return code.split(" ").map((one) => show(one, span));
  });
  if (codes.length !== spans.length) throw new Error(`${codes.length} codes, but ${spans.length} marks`);
  const main = compilation.sources[0]?.name;
  const found = compilation.diagnostics.map((d) => (d.file === main ? show(d.code, d.span) : `${d.code} in ${d.file}`));
  expect(found).toEqual(expected);
  return compilation;
}

/** The only model of a text without any diagnostic. */
export function lower(text: string, options: Options = {}): ModelIR {
  const { diagnostics, models } = compileText(text, options);
  expect(diagnostics.map((d) => `${d.code}: ${d.message}`)).toEqual([]);
  const [model] = models;
  if (model === undefined || models.length > 1) throw new Error(`expected one model, found ${models.length}`);
  return model;
}

/** Parts of a spec that a test replaces; `null` leaves a part out. */
export interface SpecParts {
  readonly before?: string;
  readonly dims?: string;
  readonly params?: string;
  readonly data?: string | null;
  readonly decision?: string | null;
  readonly constraints?: string;
  readonly loss?: string | null;
  readonly risk?: string | null;
  readonly uncertainty?: string | null;
  readonly train?: string | null;
  readonly compare?: string;
  readonly evaluate?: string;
  readonly more?: string;
}

const sound: Required<SpecParts> = {
  before: "",
  dims: "dim Asset = 4\ndim Feature = 3",
  params: "",
  data: `data market = csv("market.csv") {
  index date: date
  context x: real[Feature] = columns("f_*") |> standardize
  outcome s: real[Asset] = columns("r_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}`,
  decision: "decision z: real[Asset] in simplex",
  constraints: "",
  loss: "loss L(z, s) = -dot(s, z)",
  risk: "risk mean(L)",
  uncertainty: "uncertainty s | x ~ flow_matching",
  train: "train dw_fm",
  compare: "",
  evaluate: "",
  more: "",
};

/** A small sound spec with some of its parts replaced. */
export function spec(parts: SpecParts = {}): string {
  const { before, ...rest } = { ...sound, ...parts };
  const lines = Object.values(rest).filter((part) => part !== null && part !== "");
  return [...(before === "" ? [] : [before]), "model M", ...lines, ""].join("\n");
}
