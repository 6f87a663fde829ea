import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { assumptionsPage } from "../../compiler/reference/assumptions-page.ts";
import { diagnosticsPage, optionsPage, sections } from "../../compiler/reference/index.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const pages = [
  ...["README.md", "CONTRIBUTING.md"].map((name) => join(ROOT, name)),
  ...["docs", "examples"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(ROOT, folder, name)),
  ),
].map((path) => relative(ROOT, path));

describe("generated pages are current (npm run docs:record)", () => {
  it.each([
    ["docs/diagnostics.md", diagnosticsPage],
    ["docs/options.md", optionsPage],
    ["docs/assumptions.md", assumptionsPage],
  ])("%s", (path, page) => {
    expect(readFileSync(join(ROOT, path), "utf8")).toBe(page());
  });

  it("no code is declared by two catalogues", () => {
    const codes = sections.flatMap(({ catalogue }) => Object.keys(catalogue));
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
  });
});

describe.each(pages)("%s", (path) => {
  const text = readFileSync(join(ROOT, path), "utf8");

  it("links to files that exist", () => {
    const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`/g, "");
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
    const local = targets.filter((target) => !/^(https?:|#)/.test(target)).map((target) => target.split("#")[0]!);
    expect(local.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
  });

  const specs = [...text.matchAll(/```dro\n([\s\S]*?)```/g)].map((match) => match[1]!);
  if (specs.length === 0) return;
  it("shows specs that compile", () => {
    for (const source of specs) {
      expect(compile({ file: join(ROOT, "docs/page.dro"), source }).diagnostics).toEqual([]);
    }
  });
});
