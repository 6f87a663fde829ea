import type { ModelDecl, SourceFile, Span } from "../../../grammar/ast.ts";
import { fillTemplate, type MessageArgs } from "../../../runtime/errors/droc-error.ts";
import type { AnyModelIR } from "../../../runtime/ir/model.ts";
import { analyseModel, type CanonicalProblem } from "../../analyse/index.ts";
import { isAnalysed } from "../../compile.ts";
import type { SourceText } from "../../source/source-text.ts";
import { lintCatalogue, type LintCode } from "./catalogue.ts";
import type { LintFinding, TextEdit } from "./finding.ts";

/** A model of the file as it is written and as it was compiled. */
export interface LintedModel {
  readonly decl: ModelDecl;
  readonly ir: AnyModelIR;
  /** `null` where the decision problem is not analysed. */
  readonly canonical: CanonicalProblem | null;
}

/** What a rule looks at, and where it reports. Spans are of the file that is linted. */
export interface LintContext {
  readonly file: SourceFile;
  readonly source: SourceText;
  readonly models: readonly LintedModel[];
  report<C extends LintCode>(
    code: C,
    span: Span,
    args: MessageArgs<(typeof lintCatalogue)[C]>,
    fix?: readonly TextEdit[],
  ): void;
}

export type LintRule = (context: LintContext) => void;

export function createLintContext(
  file: SourceFile,
  source: SourceText,
  irs: readonly AnyModelIR[],
): LintContext & { readonly findings: readonly LintFinding[] } {
  const findings: LintFinding[] = [];
  const seen = new Set<string>();
  const models = file.models.flatMap((decl): LintedModel[] => {
    const ir = irs.find((one) => one.name === decl.name.name);
    return ir === undefined ? [] : [{ decl, ir, canonical: isAnalysed(ir) ? analyseModel(ir).canonical : null }];
  });
  return {
    file,
    source,
    models,
    findings,
    report(code, span, args, fix = []) {
      const { severity, ...texts } = lintCatalogue[code];
      const key = `${code} ${span.start} ${span.end}`;
      if (seen.has(key)) return;
      seen.add(key);
      findings.push({
        code,
        severity,
        message: fillTemplate(texts.message, args),
        why: fillTemplate(texts.why, args),
        help: fillTemplate(texts.help, args),
        file: source.name,
        span,
        related: [],
        fix,
      });
    },
  };
}

/** The declarations that a model of the file is made of, those before the first model among them. */
export function declarationsOf({ file }: LintContext): readonly SourceFile["declarations"][number][] {
  return [...file.declarations, ...file.models.flatMap((model) => model.declarations)];
}
