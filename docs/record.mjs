// Writes the generated pages again: npm run docs:record
import { writeFileSync } from "node:fs";
import { diagnosticsPage, optionsPage } from "../dist/compiler/reference/index.js";

writeFileSync(new URL("diagnostics.md", import.meta.url), diagnosticsPage());
writeFileSync(new URL("options.md", import.meta.url), optionsPage());
