import { describe, expect, it } from "vitest";
import {
  didYouMean,
  nearest,
  renderGithub,
  renderJson,
  renderSarif,
  renderText,
  summarize,
} from "../../compiler/diagnostics/index.ts";
import { editDistance } from "../../runtime/errors/edit-distance.ts";
import { compileText, spec } from "../support/tester.ts";

const wrong = spec({
  before: "unit usd\nunit item\n",
  params: "param cash: real<usd> = 1\nparam stock: real<item> = 2",
  risk: "risk mean(L) + (cash + stock) / cash + gama",
});
const { diagnostics, sources } = compileText(wrong);

describe("text", () => {
  it("shows what, where, why and what to write", () => {
    expect(renderText(diagnostics, sources, { color: false })).toMatchInlineSnapshot(`
      "error[unit-mismatch]: \`+\` of a value in usd and a value in item
        --> model.dro:17:17
         |
      17 | risk mean(L) + (cash + stock) / cash + gama
         |                 ^^^^^^^^^^^^
        ::: model.dro:17:17
         |
      17 | risk mean(L) + (cash + stock) / cash + gama
         |                 ^^^^ this is in usd
        ::: model.dro:17:24
         |
      17 | risk mean(L) + (cash + stock) / cash + gama
         |                        ^^^^^ this is in item
        ::: model.dro:7:7
         |
       7 | param cash: real<usd> = 1
         |       ^^^^ \`cash\` is declared in usd here
        ::: model.dro:8:7
         |
       8 | param stock: real<item> = 2
         |       ^^^^^ \`stock\` is declared in item here
         = why: their sum or comparison would mean nothing, and would change with the scale of either
         = help: multiply one of them by a parameter that converts it, for instance \`param factor: real<usd/item> = …\`

      error[unknown-name]: nothing here is called \`gama\`
        --> model.dro:17:40
         |
      17 | risk mean(L) + (cash + stock) / cash + gama
         |                                        ^^^^
         = why: an expression can only use what the spec declares
         = help: declare it, for instance as \`param gama = …\`
      "
    `);
    expect(summarize(diagnostics)).toBe("2 errors");
    expect(summarize([])).toBe("");
  });

  it("colours on request, without changing a word", () => {
    const colored = renderText(diagnostics, sources, { color: true });
    expect(colored).toContain("\u001b[1;31m");
    // oxlint-disable-next-line no-control-regex
    expect(colored.replace(/\u001b\[[\d;]*m/g, "")).toBe(renderText(diagnostics, sources, { color: false }));
  });

  it("never sends the source's control characters to the terminal", () => {
    const hostile = compileText('model M\ndata d = csv("a\u001b]0;owned\u0007\u202E.csv") { }\n');
    const text = renderText(hostile.diagnostics, hostile.sources, { color: false });
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain("csv(");
  });

  it("keeps to one line of a long or many-lined span", () => {
    const long = compileText(`model M\nrisk ${"a + ".repeat(2000)}b\n`);
    const lines = renderText(long.diagnostics, long.sources, { color: false }).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(500);
    const split = "split chronological {\n    train: 70%\n    test: 20%\n  }";
    const data = `data d = csv("d.csv") {\n  index date: date\n  outcome s: real[Asset] = columns("r_*")\n  ${split}\n}`;
    const block = compileText(spec({ data, uncertainty: "uncertainty s ~ flow_matching" }));
    expect(renderText(block.diagnostics, block.sources, { color: false })).toContain("… to line");
  });

  it("points past the end of the text where something is missing there", () => {
    const cut = compileText("model M\nrisk mean(");
    expect(renderText(cut.diagnostics, cut.sources, { color: false })).toContain("--> model.dro:2:");
  });
});

describe("JSON", () => {
  it("has lines and columns from 1, and offsets", () => {
    const [first] = renderJson(diagnostics, sources);
    expect(first).toMatchObject({
      code: "unit-mismatch",
      severity: "error",
      file: "model.dro",
      line: 17,
      column: 17,
      endLine: 17,
      endColumn: 29,
      start: wrong.indexOf("cash + stock"),
      end: wrong.indexOf("cash + stock") + "cash + stock".length,
    });
    expect(first!.related).toHaveLength(4);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  });
});

describe("SARIF", () => {
  it("has a rule for each code and a region for each place", () => {
    const log = renderSarif(diagnostics, sources, "1.2.3");
    expect(log).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: {
            driver: { name: "droc", version: "1.2.3", rules: [{ id: "unit-mismatch" }, { id: "unknown-name" }] },
          },
          columnKind: "utf16CodeUnits",
          results: [
            {
              ruleId: "unit-mismatch",
              ruleIndex: 0,
              level: "error",
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: "model.dro" },
                    region: { startLine: 17, startColumn: 17, endLine: 17, endColumn: 29 },
                  },
                },
              ],
            },
            { ruleId: "unknown-name", ruleIndex: 1 },
          ],
        },
      ],
    });
  });
});

describe("GitHub annotations", () => {
  it("are one command a problem", () => {
    const lines = renderGithub(diagnostics, sources).trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toBe(
      "::error file=model.dro,line=17,endLine=17,col=40,endColumn=43,title=droc unknown-name::nothing here is called `gama`%0Aan expression can only use what the spec declares%0Adeclare it, for instance as `param gama = …`",
    );
  });

  it("cannot be forged by a spec", () => {
    const hostile = compileText('model M\nimport { a } from "x\\n::error file=a::forged\\r%0A,:"\n');
    const text = renderGithub(hostile.diagnostics, hostile.sources);
    expect(text.trimEnd().split(/\r|\n/)).toHaveLength(hostile.diagnostics.length);
  });
});

describe("did you mean", () => {
  it("counts insertions, deletions, substitutions and swaps", () => {
    expect(editDistance("gamma", "gamma", 3)).toBe(0);
    expect(editDistance("gama", "gamma", 3)).toBe(1);
    expect(editDistance("gmama", "gamma", 3)).toBe(1);
    expect(editDistance("beta", "gamma", 5)).toBe(4);
    expect(editDistance("a", "abcdef", 2)).toBe(3);
  });

  it("offers only what is near", () => {
    expect(nearest("standardise", ["minmax", "standardize"])).toBe("standardize");
    expect(nearest("Gamma", ["gamma"])).toBe("gamma");
    expect(nearest("zebra", ["alpha", "beta"])).toBeNull();
    expect(nearest("x".repeat(1000), ["x".repeat(1001)])).toBeNull();
    expect(didYouMean("folds", ["fold"])).toBe("did you mean `fold`? ");
    expect(didYouMean("zebra", ["fold"])).toBe("");
  });
});
