import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../editor/vscode/", import.meta.url));
const installed = existsSync(join(root, "node_modules/shiki"));
const browser = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const needs = [
  installed ? [] : ["npm ci --ignore-scripts in editor/vscode"],
  browser === undefined ? ["Chromium"] : [],
].flat();
const why = needs.length === 0 ? "" : ` (skipped without ${needs.join(" and ")})`;

describe(`the page of examples${why}`, () => {
  it.skipIf(!installed)("is coloured by Shiki: words, numbers, strings and comments apart", () => {
    const folder = mkdtempSync(join(tmpdir(), "droc-page-"));
    try {
      const page = join(folder, "page.html");
      execFileSync(process.execPath, ["page.mjs", page], { cwd: root });
      const html = readFileSync(page, "utf8");
      const colour = (text: string): string | undefined =>
        new RegExp(`<span style="([^"]+)">\\s*${text}`).exec(html)?.[1];
      const colours = ["model", "real", "/// "].map(colour);
      expect(colours).not.toContain(undefined);
      expect(new Set(colours).size).toBe(3);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.skipIf(needs.length > 0)("is drawn by a browser", () => {
    const folder = mkdtempSync(join(tmpdir(), "droc-page-"));
    try {
      const page = join(folder, "page.html");
      const image = join(folder, "page.png");
      execFileSync(process.execPath, ["page.mjs", page], { cwd: root });
      const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}/profile`];
      execFileSync(browser!, [...flags, "--window-size=900,1200", `--screenshot=${image}`, `file://${page}`], {
        stdio: "ignore",
        timeout: 60_000,
      });
      // An empty page of that size takes less than 10 kB.
      expect(statSync(image).size).toBeGreaterThan(30_000);
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
