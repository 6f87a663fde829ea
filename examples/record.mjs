// Writes generated/pipeline.ts of every example again: npm run examples:record
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildModel } from "../dist/compiler/build.js";
import { compile } from "../dist/compiler/compile.js";

const examples = fileURLToPath(new URL(".", import.meta.url));
const allow = [fileURLToPath(new URL("../node_modules/vega-datasets", import.meta.url))];

for (const entry of readdirSync(examples, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const folder = join(examples, entry.name);
  const { models, diagnostics } = compile({ file: join(folder, "model.dro"), allow });
  if (diagnostics.length > 0) throw new Error(`${entry.name}: ${diagnostics.map((d) => d.message).join("; ")}`);
  for (const model of models) {
    const { js } = await buildModel(model, { specFolder: folder, outFolder: join(folder, "generated") });
    rmSync(js);
    console.log(`${entry.name}: ${model.name}`);
  }
}
