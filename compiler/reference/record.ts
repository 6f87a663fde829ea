/** Writes the generated pages again: `npm run docs:record`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../cli/package-info.ts";
import { diagnosticsPage } from "./diagnostics-page.ts";
import { assumptionsPage } from "./assumptions-page.ts";
import { lintPage } from "./lint-page.ts";
import { optionsPage } from "./options-page.ts";

writeFileSync(join(packageRoot(), "docs/diagnostics.md"), diagnosticsPage());
writeFileSync(join(packageRoot(), "docs/options.md"), optionsPage());
writeFileSync(join(packageRoot(), "docs/assumptions.md"), assumptionsPage());
writeFileSync(join(packageRoot(), "docs/lint.md"), lintPage());
