import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explainPageCommand } from "../../compiler/cli/commands/explain.ts";
import { createSession } from "../../compiler/cli/session.ts";
import { folderWith, GOOD, REPOSITORY } from "../cli/support.ts";

async function page(file: string, format: "markdown" | "html", allow: readonly string[] = []): Promise<string> {
  const session = createSession(new AbortController().signal, true);
  const { exit, text } = await explainPageCommand(session, file, { format, allow });
  expect(exit).toBe(0);
  return text ?? "";
}

describe("droc explain as a page", () => {
  it("typesets the problem and its canonical form as MathML, without a script, a font or a network", async () => {
    const file = join(folderWith({ "m.dro": GOOD }), "m.dro");
    const html = await page(file, "html");
    expect(html.match(/<math /g)).toHaveLength(2);
    expect(html).toContain("𝔼");
    expect(html).toMatch(/<mi[^>]*>CVaR<\/mi>/);
    expect(html).not.toMatch(/<script|<link|@import|url\(|src=/);
    for (const title of ["Problem", "Canonical form", "Assumptions", "Guarantees", "Settings"]) {
      expect(html).toContain(`<h2>${title}</h2>`);
    }
    expect(html).toMatch(/<td>train dw_fm\.optimizer\.rate<\/td><td>1e-3<\/td><td>droc<\/td>/);
    expect(html).toMatch(/<td>train dw_fm\.steps<\/td><td>200<\/td><td>the spec<\/td>/);
  });

  it("writes the same as Markdown", async () => {
    const file = join(folderWith({ "m.dro": GOOD }), "m.dro");
    const markdown = await page(file, "markdown");
    expect(markdown.match(/^\$\$$/gm)).toHaveLength(4);
    expect(markdown).toContain("\\operatorname{CVaR}_{0.9}");
    expect(markdown).toContain("| train dw\\_fm.steps | 200 | the spec |");
  });

  it("lets nothing of a spec become markup", async () => {
    const text = `/// <script>alert(1)</script> *bold* $x$ [a](b)\n${GOOD}`;
    const file = join(folderWith({ "m.dro": text }), "m.dro");
    expect(await page(file, "html")).not.toContain("<script>");
    expect(await page(file, "markdown")).toContain("\\<script\\>alert(1)\\</script\\> \\*bold\\* \\$x\\$ \\[a\\](b)");
  });

  it("typesets every example, whatever its form", async () => {
    const modules = join(REPOSITORY, "node_modules");
    for (const name of readdirSync(join(REPOSITORY, "examples"))) {
      const html = await page(join(REPOSITORY, "examples", name, "model.dro"), "html", [modules]);
      expect(html, name).toMatch(/<math |<pre>/);
      expect(html, name).not.toContain("katex-error");
    }
  }, 60_000);
});
