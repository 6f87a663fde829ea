import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { compile } from "../../compile.ts";
import { hasErrors } from "../../diagnostics/index.ts";
import { settingsOf } from "../explain/settings.ts";
import { hashModel } from "../../ir/index.ts";
import { riskText } from "../../review/diff/risk.ts";
import { typeText } from "../explain/text-of.ts";

/**
 * A spec as lines of what it means, for `git diff` with a textconv driver: one fact a line, so that a changed default
 * shows and a comment does not. A text that does not compile stands as it is. git gives the file under a name of its
 * own outside the work tree, so a spec whose imports are not found stands as it is too.
 */
export function textconv(path: string): string {
  const text = readFileSync(path, "utf8");
  const compilation = compile({ file: join(dirname(path), `${basename(path)}.dro`), source: text });
  if (hasErrors(compilation.diagnostics) || compilation.allModels.length === 0) return text;
  return compilation.allModels
    .map((ir) => {
      const decision = "decision" in ir ? ir.decision : "stages" in ir ? ir.stages.decision : null;
      const lines = [
        `model ${ir.name}`,
        ...(decision === null
          ? []
          : [
              ...decision.blocks.map((block) => `  decision ${block.name}: ${typeText(block)}`),
              ...decision.sets.map((set) => `  decision ${set.block} in ${set.text}`),
              ...decision.constraints.map(({ label }) => `  constraint ${label}`).toSorted(),
            ]),
        ...("risk" in ir ? [`  risk ${riskText(ir.risk)}`, `  risk as written: ${ir.risk.text}`] : []),
        ...ir.params.map((param) => `  param ${param.name}: ${typeText(param)} = ${param.value.join(", ")}`),
        ...settingsOf(ir).map(({ name, value }) => `  ${name}: ${value}`),
        `  meaning ${hashModel(ir)}`,
      ];
      return `${lines.join("\n")}\n`;
    })
    .join("\n");
}
