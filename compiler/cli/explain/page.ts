import type { ModelIR } from "../../../runtime/ir/model.ts";
import { assumptionTable } from "../../analyse/assumptions/index.ts";
import type { CanonicalProblem } from "../../analyse/index.ts";
import { latexNotation, latexSigns } from "../../canonical/render/notation.ts";
import { renderExpression } from "../../canonical/render/expression.ts";
import type { ExplainedModel } from "../commands/explain.ts";
import { factLines } from "./facts.ts";
import { columnText, numberText, typeText, unitText } from "./text-of.ts";

/** A part of a page, before it is Markdown or HTML. Texts are plain: what prints them escapes them. */
export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  /** Display mathematics in LaTeX. */
  | { readonly kind: "math"; readonly latex: string }
  | { readonly kind: "lines"; readonly lines: readonly string[] }
  | { readonly kind: "list"; readonly items: readonly ListItem[] }
  | { readonly kind: "table"; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

export interface ListItem {
  readonly mark: "yes" | "no" | "open" | null;
  readonly text: string;
  readonly notes: readonly string[];
}

export interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly blocks: readonly Block[];
}

/** One model as a page: problem, canonical form, assumptions, guarantees, every setting. */
export function explainPage(model: ExplainedModel, canonical: CanonicalProblem): Page {
  const { ir, settings, guarantees, reformulation } = model;
  const chosen = settings.filter((one) => one.origin === "implicit").length;
  return {
    title: model.name,
    subtitle: `${ir.files[0] ?? ""}, meaning ${model.hash.slice(0, 12)}`,
    blocks: [
      ...(ir.doc === undefined ? [] : [text(ir.doc.replaceAll(/\s+/g, " ").trim())]),
      heading("Problem"),
      text("The decision is taken when the context is known and before the outcome is."),
      math(statement(ir)),
      ...quantities(ir),
      heading("Canonical form"),
      text(
        `At each context, over ${model.canonical.scenarios} scenarios k with weights p: ${reformulation.class}, since ${reformulation.reason}.`,
      ),
      math(reformulation.latex),
      ...(ir.risk.cvar.length === 0
        ? []
        : [
            text(
              "Auxiliary variables stand for losses, values at risk and shortfalls; `droc explain` in a terminal names each.",
            ),
          ]),
      heading("What is proved of the expressions"),
      { kind: "lines", lines: factLines(model.facts).map((line) => line.replace(/^ {2}/, "")) },
      heading("Assumptions"),
      ...assumptions(canonical),
      heading("Guarantees"),
      {
        kind: "list",
        items: guarantees.map(({ holds, text: said, bound, source, stronger }): ListItem => ({
          mark: holds === true ? "yes" : holds === false ? "no" : "open",
          text: said,
          notes: [
            ...(bound === undefined ? [] : [bound]),
            ...(source === undefined ? [] : [`source: ${source}`]),
            ...(stronger === undefined ? [] : [`stronger: ${stronger}`]),
          ],
        })),
      },
      heading("Settings"),
      text(`${settings.length} settings, ${chosen} of them chosen by droc since the spec says nothing.`),
      {
        kind: "table",
        columns: ["setting", "value", "chosen by"],
        rows: settings.map(({ name, value, origin }) => [name, value, origin === "implicit" ? "droc" : "the spec"]),
      },
    ],
  };
}

function heading(said: string): Block {
  return { kind: "heading", text: said };
}
function text(said: string): Block {
  return { kind: "text", text: said };
}
function math(latex: string): Block {
  return { kind: "math", latex };
}

/** `min_{z ∈ Z} E[L] + γ CVaR_β[L] + r(z)` and `L(z, s) = …`, as the spec states them. */
function statement(ir: ModelIR): string {
  const blocks = ir.decision.blocks.map((block) => symbol(block.name)).join(", ");
  const outcome = ir.uncertainty.targets.map(symbol).join(", ");
  const given = ir.uncertainty.given.map(symbol).join(", ");
  const loss = symbol(ir.loss.name);
  const law = given === "" ? "" : ` \\mid ${given}`;
  const terms = [
    ...(ir.risk.mean === 0 ? [] : [times(ir.risk.mean, `\\mathbb{E}\\left[${loss}${law}\\right]`)]),
    ...ir.risk.cvar.map(({ weight, level }) =>
      times(weight, `\\operatorname{CVaR}_{${numberText(level)}}\\left[${loss}${law}\\right]`),
    ),
    ...(ir.risk.deterministic === undefined ? [] : [write(ir.risk.deterministic)]),
  ];
  const worst = ir.ambiguity === undefined ? "" : "\\sup_{Q \\in \\mathcal{B}} \\; ";
  const body = worst === "" ? terms.join(" + ") : `${worst}\\left( ${terms.join(" + ")} \\right)`;
  const rows = [
    `\\min_{${blocks}} \\quad & ${body}`,
    ...ir.decision.constraints.map(
      ({ graph, relation }, i) =>
        `${i === 0 ? "\\text{s.t.} \\quad " : ""}& ${write(graph)} ${relation === "<=" ? "\\le" : "="} 0`,
    ),
    `\\text{with} \\quad & ${loss}(${blocks}, ${outcome}) = ${write(ir.loss.graph)}`,
  ];
  return `\\begin{aligned}\n${rows.join(" \\\\\n")}\n\\end{aligned}`;
}

function quantities(ir: ModelIR): readonly Block[] {
  const unit = Object.keys(ir.loss.unit).length === 0 ? "" : ` The loss is in ${unitText(ir.loss.unit)}.`;
  const { generator } = ir.uncertainty;
  const ambiguity = ir.ambiguity === undefined ? "" : ` The worst law of a ${ir.ambiguity.set.name} set counts.`;
  const rows = [
    ...ir.decision.blocks.map((block) => [
      "decision",
      block.name,
      typeText(block),
      ir.decision.sets
        .filter((set) => set.block === block.name)
        .map((set) => set.text)
        .join(", "),
    ]),
    ...ir.data.fields.map((field) => [
      field.role,
      field.name,
      typeText(field),
      field.columns === null
        ? ""
        : `${columnText(field.columns)}${field.transforms.map((one) => ` |> ${one}`).join("")}`,
    ]),
    ...ir.params.map((param) => [
      "parameter",
      param.name,
      typeText(param),
      param.value.length > 4 ? `${param.value.length} values` : param.value.map(numberText).join(", "),
    ]),
  ];
  return [
    text(`The law of the outcome is learnt by ${generator.name}, trained by ${ir.train.name}.${unit}${ambiguity}`),
    { kind: "table", columns: ["role", "name", "type", "set, source or value"], rows },
  ];
}

function assumptions({ judgements }: CanonicalProblem): readonly Block[] {
  if (judgements.length === 0) return [text("The methods of this model assume nothing that a check can decide.")];
  return [
    {
      kind: "list",
      items: judgements.map(({ need, verdict, waiver }): ListItem => {
        const { statement: said, source } = assumptionTable[need.assumption];
        const because = "because" in verdict && typeof verdict.because === "string" ? [verdict.because] : [];
        return {
          mark: verdict.holds === true ? "yes" : verdict.holds === false ? "no" : "open",
          text: `${need.method}: ${said}`,
          notes: [...because, `source: ${source}`, ...(waiver === null ? [] : [`waived: "${waiver.because}"`])],
        };
      }),
    },
  ];
}

const symbol = (name: string): string => latexNotation.symbol(name, []);

const write = (graph: ModelIR["loss"]["graph"]): string =>
  latexSigns(renderExpression(graph, latexNotation, () => null));

const times = (weight: number, what: string): string => (weight === 1 ? what : `${numberText(weight)}\\,${what}`);
