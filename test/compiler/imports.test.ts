import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { limits } from "../../compiler/source/limits.ts";
import { diagnose, lower, spec } from "../support/tester.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "droc-imports-")));
  mkdirSync(join(folder, "spec"));
  file = join(folder, "spec", "model.dro");
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(folder, "spec", name), text);

describe("imports", () => {
  it("bring in functions, params, dims, units, sets and presets of a file below the spec's folder", () => {
    write(
      "shared.dro",
      `dim Asset = 4
unit usd
param price: real<usd> = 2
fn cost(z: real[Asset]) = price * sum(z)
set half(z: real[_]) { sum(z) == 0.5, z >= 0 }
preset short = dw_fm { steps: 10 }
`,
    );
    const ir = lower(
      spec({
        before: 'import { Asset, cost as charge, half, short, price } from "./shared.dro"\n',
        dims: "dim Feature = 3",
        decision: "decision z: real[Asset] in half",
        loss: "loss L(z, s) = -dot(s, z) + charge(z) / price",
        train: "train short",
      }),
      { file },
    );
    expect(ir.files).toEqual(["model.dro", "shared.dro"]);
    expect(ir.train.options["steps"]).toMatchObject({ value: 10, origin: "explicit", at: { file: 1 } });
  });

  it("let a model extend one of another file, whose names keep their meaning", () => {
    write("base.dro", `param gamma = 3\n${spec({ risk: "risk gamma * mean(L)" })}`);
    const ir = lower('import { M } from "./base.dro"\nmodel N extends M\nparam eta = 1\n', { file });
    expect(ir.name).toBe("N");
    expect(ir.risk.mean).toBe(3);
    expect(ir.params.map((param) => param.name)).toEqual(["gamma", "eta"]);
  });

  it("keep a data path relative to the file that declares it", () => {
    mkdirSync(join(folder, "spec", "sub"));
    write("sub/base.dro", spec());
    const ir = lower('import { M } from "./sub/base.dro"\nmodel N extends M\n', { file });
    expect(ir.data.source).toMatchObject({ path: "sub/market.csv" });
  });

  it("come from the standard library by name", () => {
    const ir = lower(
      spec({
        before: 'import { portfolio } from "std/losses"\nimport { dw_fm_paper } from "std/presets"\n',
        loss: "loss L(z, s) = portfolio(z, s)",
        train: "train dw_fm_paper { steps: 5 }",
      }),
    );
    expect(ir.files).toEqual(["model.dro", "std/losses", "std/presets", "std/sets"]);
    expect(ir.train.options["steps"]!.value).toBe(5);
    expect(ir.train.options["lambda"]!.value).toEqual({ oneOf: [0, 0.001, 0.002, 0.005, 0.01, 0.02], by: null });
    // What goes wrong in library code is placed at the call.
    expect(ir.loss.graph.nodes.every((node) => node.at === undefined || node.at.file === 0)).toBe(true);
  });

  it.each([
    ['import { portfolio } from ~~~"std/looses"~~~', "import-unknown-module"],
    ['import { ~~~portfolo~~~ } from "std/losses"', "import-unknown-name"],
    ['import { a } from ~~~"./none.dro"~~~', "file-missing"],
    ['import { a } from ~~~"./folder.dro"~~~', "file-is-directory"],
    ['import { a } from ~~~"../outside.dro"~~~', "path-escapes"],
    ['import { a } from ~~~"./link.dro"~~~', "path-escapes"],
    ['import { a } from ~~~"./latin.dro"~~~', "file-not-utf8"],
    ['import { a } from ~~~"./large.dro"~~~', "file-too-large"],
    ['import { a } from ~~~"https://host/a.dro"~~~', "path-remote"],
    ['import { a } from ~~~"losses"~~~', "import-form"],
    ['import { a } from ~~~"./data.csv"~~~', "import-form"],
    ['import { a } from ~~~"./a\\u{0}.dro"~~~', "path-not-valid"],
    ['import { portfolio, ~~~portfolio~~~ } from "std/losses"', "duplicate-name"],
    ['import { portfolio } from "std/losses"\nfn ~~~portfolio~~~(u) = u', "import-shadows"],
  ])("are reported where they fail: %s", (line, code) => {
    mkdirSync(join(folder, "spec", "folder.dro"));
    writeFileSync(join(folder, "outside.dro"), "param a = 1\n");
    symlinkSync(join(folder, "outside.dro"), join(folder, "spec", "link.dro"));
    write("latin.dro", Uint8Array.of(0x2f, 0x2f, 0xe9));
    write("large.dro", "/".repeat(limits.fileBytes + 1));
    diagnose(spec({ before: `${line}\n` }), [code], { file });
  });

  it("reach other folders with --allow alone", () => {
    writeFileSync(join(folder, "outside.dro"), "param gamma = 3\n");
    const text = spec({ before: 'import { gamma } from "../outside.dro"\n', risk: "risk gamma * mean(L)" });
    expect(lower(text, { file, allow: [folder] }).risk.mean).toBe(3);
  });

  it("say nothing more about a name that could not be imported", () => {
    const before = 'import { gamma } from ~~~"./none.dro"~~~\n';
    diagnose(spec({ before, risk: "risk gamma * mean(L) + gamma" }), ["file-missing"], { file });
  });

  it("report errors of the imported file in that file", () => {
    write("shared.dro", "param gamma 3\n");
    const text = spec({ before: 'import { gamma } from "./shared.dro"\n', risk: "risk gamma * mean(L)" });
    const { diagnostics, models } = compile({ file, source: text });
    expect(diagnostics.map((d) => [d.code, d.file])).toEqual([["missing-equals", "shared.dro"]]);
    expect(models).toEqual([]);
  });

  it("end on cycles", () => {
    write("a.dro", 'import { b } from "./b.dro"\nparam a = 1\n');
    write("b.dro", 'import { a } from "./a.dro"\nparam b = 2\n');
    const { diagnostics } = compile({ file, source: spec({ before: 'import { a } from "./a.dro"\n' }) });
    expect(diagnostics.map((d) => [d.code, d.file])).toEqual([["import-cycle", "b.dro"]]);
    expect(diagnostics[0]!.message).toContain("a.dro → b.dro → a.dro");
    write("self.dro", 'import { a } from "./self.dro"\nparam a = 1\n');
    const self = compile({ file, source: spec({ before: 'import { a } from "./self.dro"\n' }) });
    expect(self.diagnostics.map((d) => d.code)).toEqual(["import-cycle"]);
  });

  it("end on chains and on crowds", () => {
    for (let i = 0; i < 40; i++) write(`c${i}.dro`, `import { q as r } from "./c${i + 1}.dro"\nparam q = 1\n`);
    write("c40.dro", "param q = 1\n");
    const chain = compile({ file, source: spec({ before: 'import { q } from "./c0.dro"\n' }) });
    expect(chain.diagnostics.map((d) => d.code)).toEqual(["import-limit"]);
    const names = Array.from({ length: 80 }, (_, i) => `m${i}`);
    for (const name of names) write(`${name}.dro`, `param ${name} = 1\n`);
    const before = names.map((name) => `import { ${name} } from "./${name}.dro"\n`).join("");
    const crowd = compile({ file, source: spec({ before }) });
    expect(new Set(crowd.diagnostics.map((d) => d.code))).toEqual(new Set(["import-limit"]));
  });
});

describe("the spec itself", () => {
  it.each([
    ["file-missing", (path: string) => path.replace("model", "none")],
    ["file-is-directory", (path: string) => join(path, "..")],
    ["file-not-regular", () => "/dev/null"],
  ])("is reported as %s", (code, path) => {
    const { diagnostics, models } = compile({ file: path(file) });
    expect(diagnostics.map((d) => d.code)).toEqual([code]);
    expect(models).toEqual([]);
  });

  it("is read from its file", () => {
    write("model.dro", spec());
    const { diagnostics, models, sources } = compile({ file });
    expect(diagnostics).toEqual([]);
    expect(models.map((model) => model.name)).toEqual(["M"]);
    expect(sources[0]).toMatchObject({ name: "model.dro", path: file });
  });

  it("that is not readable says why", () => {
    write("model.dro", spec());
    const broken = compile({ file: join(file, "x".repeat(300)) });
    expect(broken.diagnostics.map((d) => d.code)).toEqual(["file-missing"]);
    const long = compile({ file: join(folder, "x".repeat(300)) });
    expect(long.diagnostics.map((d) => d.code)).toEqual(["file-unreadable"]);
  });
});
