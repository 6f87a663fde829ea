/** Writes `generated/pipeline.ts` of every example again: `npm run examples:record`. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildModel } from "../build.ts";
import { packageRoot } from "../cli/package-info.ts";
import { compile, isRunnable } from "../compile.ts";

const examples = join(packageRoot(), "examples");
const allow = [join(packageRoot(), "node_modules/vega-datasets")];

for (const entry of readdirSync(examples, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const folder = join(examples, entry.name);
  const { allModels, diagnostics } = compile({ file: join(folder, "model.dro"), allow });
  if (diagnostics.length > 0) throw new Error(`${entry.name}: ${diagnostics.map((d) => d.message).join("; ")}`);
  for (const model of allModels.filter(isRunnable)) {
    const { js } = await buildModel(model, { specFolder: folder, outFolder: join(folder, "generated") });
    // Committed as text to be read; node runs a build of one's own.
    rmSync(js);
    process.stdout.write(`${entry.name}: ${model.name}\n`);
  }
}
