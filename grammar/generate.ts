/**
 * Writes the files that are made from the grammar, below the current folder:
 * `node dist/grammar/generate.js`, or with `--check` to fail where a file on disk differs from what would be written.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { artefacts } from "./generate/artefacts.ts";

const check = process.argv.includes("--check");
let stale = 0;
for (const [path, text] of artefacts()) {
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (readFileSync(path, "utf8") !== text) {
    console.error(`${path} is not what the grammar generates; run node dist/grammar/generate.js`);
    stale += 1;
  }
}
process.exitCode = stale === 0 ? 0 : 1;
