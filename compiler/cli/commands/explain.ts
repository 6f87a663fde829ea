import type { ModelIR } from "../../../runtime/ir/model.ts";
import { guaranteesOf, type Guarantee } from "../../analyse/guarantees/index.ts";
import { analyseModel, type CanonicalProblem } from "../../analyse/index.ts";
import { isAnalysed } from "../../compile.ts";
import { hashModel } from "../../ir/index.ts";
import { chooseModel, compileSpec } from "../compile-spec.ts";
import { EXIT } from "../exit-codes.ts";
import { describeModel } from "../explain/describe-model.ts";
import { describeOutline, outlineModel } from "../explain/describe-outline.ts";
import { explainFacts, type ExplainedFacts } from "../explain/facts.ts";
import { explainPage, type Page } from "../explain/page.ts";
import { renderHtmlPages, renderMarkdownPages } from "../explain/render-page.ts";
import { explainReformulation, type ExplainedReformulation } from "../explain/reformulation.ts";
import { settingsOf, type ExplainedSetting } from "../explain/settings.ts";
import type { SpecOptions } from "../program.ts";
import type { Outcome, Session } from "../session.ts";

/** One model as `explain` knows it. */
export interface ExplainedModel {
  readonly name: string;
  /** Identity of the meaning: comments, layout and defaults written out do not change it. */
  readonly hash: string;
  readonly sizes: { readonly context: number; readonly outcome: number; readonly decision: number };
  /** The sample-average problem of one context over K scenarios: `fixed + perScenario · K`. */
  readonly canonical: CanonicalProblem["form"] & { readonly pieces: number; readonly scenarios: number };
  readonly reformulation: ExplainedReformulation;
  /** Curvature, sign, monotonicity, form and constants of the loss, the risk term and each constraint. */
  readonly facts: readonly ExplainedFacts[];
  readonly guarantees: readonly Guarantee[];
  readonly settings: readonly ExplainedSetting[];
  readonly ir: ModelIR;
}

/** Prints the whole problem with everything that droc chose, from the spec alone: no data is read. */
export function explainCommand(
  session: Session,
  file: string,
  options: SpecOptions & { readonly source?: string },
): Outcome {
  const { compilation, diagnostics, ok } = compileSpec(session, file, options);
  if (!ok) return { exit: EXIT.wrong, diagnostics };
  const { allModels: models, notRunnable } = compilation;
  const chosen = options.model === undefined && models.length > 1 ? models : [chooseModel(models, file, options.model)];
  const explained = chosen.map((ir) => {
    if (!isAnalysed(ir)) {
      const model = outlineModel(ir, notRunnable);
      return { model, text: describeOutline(model, session.out) };
    }
    const { canonical } = analyseModel(ir);
    if (canonical === null) throw new Error(`${ir.name} passed the check and fails the analysis`);
    const model = explainModel(ir, canonical);
    return { model, text: describeModel(model, canonical, session.out) };
  });
  const text = explained.map((one) => one.text).join("\n");
  return { exit: EXIT.done, text, diagnostics, result: { models: explained.map(({ model }) => model) } };
}

/**
 * The same as a page: Markdown, or HTML with the mathematics typeset. A model whose canonical form is not derived has
 * its outline as the terminal shows it.
 */
export async function explainPageCommand(
  session: Session,
  file: string,
  options: SpecOptions & { readonly format: "markdown" | "html" },
): Promise<Outcome> {
  const { compilation, diagnostics, ok } = compileSpec(session, file, options);
  if (!ok) return { exit: EXIT.wrong, diagnostics };
  const { allModels: models, notRunnable } = compilation;
  const chosen = options.model === undefined && models.length > 1 ? models : [chooseModel(models, file, options.model)];
  const plain = { color: false, live: false, columns: Infinity };
  const pages = chosen.map((ir): Page => {
    if (!isAnalysed(ir)) {
      const lines = describeOutline(outlineModel(ir, notRunnable), plain).trimEnd().split("\n").slice(1);
      return { title: ir.name, subtitle: ir.files[0] ?? "", blocks: [{ kind: "lines", lines }] };
    }
    const { canonical } = analyseModel(ir);
    if (canonical === null) throw new Error(`${ir.name} passed the check and fails the analysis`);
    return explainPage(explainModel(ir, canonical), canonical);
  });
  const text = options.format === "html" ? await renderHtmlPages(pages) : renderMarkdownPages(pages);
  return { exit: EXIT.done, text, diagnostics, result: { models: pages.map((page) => page.title), text } };
}

function explainModel(ir: ModelIR, canonical: CanonicalProblem): ExplainedModel {
  const { layouts, form, pieces } = canonical;
  const scenarios = ir.uncertainty.generator.options["scenarios"]?.value;
  return {
    name: ir.name,
    hash: hashModel(ir),
    sizes: { context: layouts.context.size, outcome: layouts.outcome.size, decision: layouts.decision.size },
    canonical: { ...form, pieces: pieces.length, scenarios: typeof scenarios === "number" ? scenarios : 0 },
    reformulation: explainReformulation(canonical),
    facts: explainFacts(ir),
    guarantees: guaranteesOf(ir, canonical),
    settings: settingsOf(ir),
    ir,
  };
}
