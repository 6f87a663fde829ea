// Bundles the extension into out/, and with --package makes dro-<version>.vsix of it.
//   npm ci --ignore-scripts && node build.mjs [--package]
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const out = join(root, "out");
rmSync(out, { recursive: true, force: true });
mkdirSync(out);
await build({
  entryPoints: [join(root, "src/extension.ts")],
  outfile: join(out, "extension.js"),
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  // Given by the editor.
  external: ["vscode"],
  minify: true,
  legalComments: "linked",
  logLevel: "warning",
});
copyFileSync(join(root, "../dro.tmLanguage.json"), join(out, "dro.tmLanguage.json"));
copyFileSync(join(root, "../../LICENSE"), join(out, "LICENSE"));

if (process.argv.includes("--package")) {
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const file = `${name}-${version}.vsix`;
  const vsce = join(root, "node_modules/@vscode/vsce/vsce");
  const flags = ["package", "--no-dependencies", "--allow-missing-repository", "--skip-license", "--out", file];
  execFileSync(process.execPath, [vsce, ...flags], { cwd: root, stdio: "inherit" });
}
