import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DidChangeWatchedFilesNotification,
  DocumentSymbolRequest,
  ExecuteCommandRequest,
  FileChangeType,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
  ShowMessageNotification,
  SignatureHelpRequest,
  type CodeAction,
  type CompletionItem,
  type Diagnostic,
  type Location,
} from "vscode-languageserver/node";
import { format } from "../../grammar/index.ts";
import { folderWith } from "../cli/support.ts";
import { apply, Client, textIn } from "./client.ts";
import { LOSSES, SPEC } from "./spec.ts";

const folder = folderWith({ "losses.dro": LOSSES, "shop.dro": SPEC });
const path = join(folder, "shop.dro");
let client: Client;
let uri: string;

beforeAll(async () => {
  client = await Client.start(folder);
  uri = await client.open(path, SPEC);
  await client.diagnostics(uri);
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
});

/** A text of its own beside the shared one. */
async function opened(text: string, name = "other.dro"): Promise<string> {
  return client.open(join(folder, name), text);
}
const codes = (found: readonly Diagnostic[]): unknown[] => found.map(({ code }) => code);
const seedUnset = (found: readonly Diagnostic[]): readonly Diagnostic[] =>
  found.filter((one) => one.code === "seed-unset");
const errors = (found: readonly Diagnostic[]): unknown[] => codes(found.filter(({ severity }) => severity === 1));
const everywhere = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };

async function hover(text: string, after = 0, of = uri): Promise<string> {
  const found = await client.connection.sendRequest(HoverRequest.type, client.at(of, text, after));
  if (found === null) return "";
  return typeof found.contents === "object" && "value" in found.contents ? found.contents.value : "";
}

async function completions(of: string, text: string, after = text.length): Promise<readonly CompletionItem[]> {
  const found = await client.connection.sendRequest(CompletionRequest.type, client.at(of, text, after));
  return Array.isArray(found) ? found : (found?.items ?? []);
}
const labels = (items: readonly CompletionItem[]): readonly string[] => items.map(({ label }) => label);

describe("diagnostics", () => {
  it("come as one types, for the unsaved text, and go when it is mended", async () => {
    const own = await opened(SPEC);
    expect(errors(await client.diagnostics(own))).toEqual([]);
    await client.edit(own, "sum(q - d)", "sum(q - dd)");
    const [found] = await client.diagnostics(own, (all) => errors(all).length > 0);
    expect(found?.code).toBe("unknown-name");
    expect(textIn(client.text(own), found!.range)).toBe("dd");
    expect(found?.message).toContain("did you mean `d`?");
    await client.edit(own, "sum(q - dd)", "sum(q - d)");
    await client.diagnostics(own, (all) => errors(all).length === 0);
    await client.close(own);
  });

  it("name what the analysis finds, and what explains it", async () => {
    const own = await opened(SPEC.replace("two_sided(sum(q - d)", "-two_sided(sum(q - d)"));
    const found = await client.diagnostics(own, (all) => errors(all).length > 0);
    expect(errors(found)).toEqual(["loss-not-convex-in-decision"]);
    await client.close(own);
    const units = await opened(SPEC.replace("under = ratio)", "under = ratio) + one_item"));
    const [mismatch] = await client.diagnostics(units, (all) => errors(all).length > 0);
    expect(mismatch?.code).toMatch(/^unit/);
    expect(mismatch?.message).toMatch(/\nwhy: .+\nhelp: /s);
    await client.close(units);
  });

  it("are those of the linter too once the spec is sound", async () => {
    const found = await client.diagnostics(uri, (all) => all.length > 0);
    expect(codes(found)).toContain("seed-unset");
  });

  it("have the severities of the nearest droc.config.json, as it is on the disk now", async () => {
    const config = join(folder, "droc.config.json");
    const severity = async (level: number | undefined): Promise<void> => {
      const { method } = DidChangeWatchedFilesNotification.type;
      await client.connection.sendNotification(method, {
        changes: [{ uri: pathToFileURL(config).href, type: FileChangeType.Changed }],
      });
      const found = await client.diagnostics(
        uri,
        (all) => codes(all).includes("risk-not-reported") && seedUnset(all)[0]?.severity === level,
      );
      expect(seedUnset(found).map((one) => one.severity)).toEqual(level === undefined ? [] : [level]);
    };
    // A rule that is broken throughout tells that the linter has read the spec.
    await client.edit(uri, "regret, cvar_loss }", "regret }");
    await severity(3);
    writeFileSync(config, '{ "lint": { "rules": { "seed-unset": "error" } } }');
    await severity(1);
    writeFileSync(config, '{ "lint": { "rules": { "seed-unset": "off" } } }');
    await severity(undefined);
    const told = new Promise<string>((resolve) => {
      client.connection.onNotification(ShowMessageNotification.type, ({ message }) => resolve(message));
    });
    writeFileSync(config, '{ "lint": { "rules": { "seed-unset": "loud" } } }');
    await severity(3);
    expect(await told).toContain("`droc.config.json` is not a configuration");
    rmSync(config);
    await severity(3);
    await client.edit(uri, "regret }", "regret, cvar_loss }");
  });

  it("of an imported file stand at the import, and follow its unsaved text", async () => {
    const losses = await client.open(join(folder, "losses.dro"), LOSSES);
    await client.edit(losses, "max(-u, 0)", "max(-u, 0");
    const found = await client.diagnostics(uri, (all) => errors(all).length > 0);
    const broken = found.find(({ severity }) => severity === 1)!;
    expect(broken.message).toContain("losses.dro:2:");
    expect(textIn(client.text(uri), broken.range)).toBe('"./losses.dro"');
    await client.edit(losses, "max(-u, 0", "max(-u, 0)");
    await client.diagnostics(uri, (all) => errors(all).length === 0);
    await client.close(losses);
  });

  it("are one for a syntax error in the middle of typing, and the rest of the file is still known", async () => {
    const own = await opened(SPEC);
    await client.diagnostics(own);
    await client.edit(own, "risk mean(cost)", "risk mean(cost) + \nparam broken = (\n");
    const found = await client.diagnostics(own, (all) => errors(all).length > 0);
    expect(errors(found).length).toBeLessThanOrEqual(3);
    expect(await hover("holding * two", 1, own)).toContain("Cost of a leftover.");
    expect(labels(await completions(own, "two_sided(sum(", 14))).toEqual(expect.arrayContaining(["q", "d", "holding"]));
    await client.close(own);
  });
});

describe("hover", () => {
  it("gives the type, unit, shape, documentation and value of a name", async () => {
    const text = await hover("holding * ", 1);
    expect(text).toContain("param holding: real<usd/item> = 1.0");
    expect(text).toContain("Cost of a leftover.");
    expect(text).toContain("in usd/item; value 1");
    expect(await hover("q: real", 0)).toContain("[Product] (Product = 3), in item");
  });
  it("gives the curvature, sign and type of an expression", async () => {
    const text = await hover("two_sided(sum", 2);
    expect(text).toContain("fn two_sided(u: real, over = 1, under = 9): real");
    expect(text).toContain("from `losses.dro`");
    expect(text).toContain("`real<item>`");
    expect(text).toContain("convex in the decision, non-negative");
    expect(await hover("q - d", 2)).toContain("affine in the decision, of either sign");
  });
  it("gives the equation and the paper of a method, and the range and default of an option", async () => {
    const own = await opened(SPEC.replace("dw_fm_paper {", "dw_fm {"), "method.dro");
    expect(await hover("dw_fm {", 2, own)).toContain("eq. 4.2 of _Decision-Weighted Flow Matching");
    const option = await hover("hidden:", 2);
    expect(option).toContain("each from 1 to 4096");
    expect(option).toContain("Default: `[64, 64]`");
    await client.close(own);
  });
  it("gives the form of a model and of its loss", async () => {
    expect(await hover("Shop\n", 1)).toContain("LP with 4 + 2·K variables");
    expect(await hover("cost(q, d)", 1)).toContain("Lipschitz in the outcome");
  });
  it("explains words of the language, and says nothing of an empty line", async () => {
    expect(await hover("risk mean", 1)).toContain("the functional of the loss that is minimised");
    expect(await hover("\n\n/// How many", 1)).toBe("");
  });
});

describe("completion", () => {
  const cases: readonly (readonly [typed: string, in_: readonly string[], out: readonly string[]])[] = [
    ["train ", ["dw_fm", "uniform_fm", "dw_fm_paper"], ["flow_matching", "holding"]],
    ["train dw_fm { ", ["steps", "optimizer", "reference"], ["hidden"]],
    ["train dw_fm { steps: 10, ", ["batch"], ["steps"]],
    ["train dw_fm_paper { ", ["steps", "batch"], ["hidden"]],
    ["train dw_fm { optimizer: ", ["adam"], ["dw_fm"]],
    ["train dw_fm { optimizer: adam { ", ["rate", "weight_decay"], ["steps"]],
    ["train dw_fm { select: ", ["regret on validation"], ["regret on test"]],
    ["uncertainty d | x ~ ", ["flow_matching", "gmm"], ["dw_fm"]],
    ["uncertainty d | x ~ flow_matching {\n  solver: ", ["euler", "midpoint"], ["relu"]],
    ["ambiguity wasserstein { radius: one_of(0, 1) by ", ["holdout"], ["validation"]],
    ["compare saa, ", ["pto", "uniform_fm"], ["holding"]],
    ["evaluate on ", ["test", "validation"], []],
    ["evaluate on test { ", ["regret", "seeds", "cvar_loss"], ["train"]],
    ["decision z: ", ["real", "int"], ["holding"]],
    ["decision z: real[", ["Product"], ["q"]],
    ["decision z: real<", ["usd", "item"], ["Product"]],
    ["decision z: real[3] in ", ["simplex", "box"], ["saa"]],
    ["decision z: real[3] in simplex { ", ["cap", "total"], ["z"]],
    ["loss L(", ["q", "d"], ["holding"]],
    ["risk mean(", ["cost"], []],
    ["risk ", ["mean", "cvar", "holding"], ["dw_fm", "day"]],
    ["param b = sum(q over ", ["Product"], ["q"]],
    ["data more = synthetic ", ["portfolio", "newsvendor_mixture"], ["csv"]],
    ["data more = synthetic portfolio { ", ["assets", "degree"], ["context"]],
    ["data more = ", ["csv", "synthetic"], ["portfolio"]],
    ['data more = csv("a.csv") {\n  ', ["context", "outcome", "split"], ["real"]],
    ['data more = csv("a.csv") {\n  context y: real = ', ["columns", "lag"], ["holding"]],
    ['data more = csv("a.csv") {\n  context y: real = column("a") |> ', ["standardize"], ["columns"]],
    ['data more = csv("a.csv") {\n  split ', ["chronological", "random"], ["train"]],
    ['data more = csv("a.csv") {\n  split chronological { train: 70%, ', ["validation", "test"], ["train"]],
    ["waive ", ["random_split"], []],
    ["graph G = grid(2, 2)\ndecision z: real[G.", ["edges", "nodes"], ["Product"]],
    ["subject to {\n  sum(", ["q", "holding"], ["saa"]],
    ["\n", ["param", "loss", "evaluate"], ["holding"]],
    ['import { x } from "', ["std/losses", "std/sets"], []],
    ["// a comment with ", [], ["param"]],
    ["param ", [], ["holding"]],
  ];
  it.each(cases)("after %j", async (typed, wanted, unwanted) => {
    const own = await opened(`${SPEC}${typed}`, "complete.dro");
    const found = labels(await completions(own, `cvar_loss }\n${typed}`));
    expect(found).toEqual(expect.arrayContaining([...wanted]));
    for (const label of unwanted) expect(found).not.toContain(label);
    if (wanted.length === 0) expect(found).toEqual([]);
    await client.close(own);
  });

  it("of an import's names are those of its module", async () => {
    const own = await opened(`import { n } from "std/losses"\n${SPEC}`, "imports.dro");
    expect(labels(await completions(own, "import { n"))).toEqual(expect.arrayContaining(["newsvendor", "pinball"]));
    await client.close(own);
  });

  it("tells what it offers", async () => {
    const items = await completions(uri, "flow_matching { ");
    const steps = items.find(({ label }) => label === "ode_steps")!;
    expect(steps.detail).toContain("default 8");
    expect(steps.insertText).toBe("ode_steps: ");
  });
});

const signature = async (text: string, after: number) =>
  client.connection.sendRequest(SignatureHelpRequest.type, client.at(uri, text, after));

describe("signature help", () => {
  it("shows a declared function and the argument that is written", async () => {
    const first = await signature("two_sided(sum(q - d)", 10);
    expect(first?.signatures[0]?.label).toBe("two_sided(u: real, over = 1, under = 9): real");
    expect(first?.activeParameter).toBe(0);
    expect((await signature("under = ratio", 9))?.activeParameter).toBe(2);
    expect((await signature("cvar(cost, level", 11))?.signatures[0]?.label).toBe("cvar(L, level = 90%)");
    expect(await signature("seed", 0).catch(() => null)).toBeNull();
  });
  it("works in a call that is half typed", async () => {
    const own = await opened(`${SPEC}param half = dot(1, `, "half.dro");
    const help = await client.connection.sendRequest(SignatureHelpRequest.type, client.at(own, "dot(1, ", 7));
    expect([help?.signatures[0]?.label, help?.activeParameter]).toEqual(["dot(u, v)", 1]);
    await client.close(own);
  });
});

const define = async (text: string, after = 0): Promise<Location | null> => {
  const found = await client.connection.sendRequest(DefinitionRequest.type, client.at(uri, text, after));
  return Array.isArray(found) ? null : found;
};

const references = async (text: string, includeDeclaration: boolean): Promise<Location[]> =>
  (await client.connection.sendRequest(ReferencesRequest.type, {
    ...client.at(uri, text),
    context: { includeDeclaration },
  })) ?? [];

describe("navigation", () => {
  it("leads to declarations in the file, in imports and in the standard library", async () => {
    const own = await define("holding * ");
    expect([own?.uri, textIn(SPEC, own!.range)]).toEqual([uri, "holding"]);
    const imported = await define("two_sided(sum");
    expect(imported?.uri).toMatch(/losses\.dro$/);
    expect(textIn(LOSSES, imported!.range)).toBe("two_sided");
    const argument = await define("under = ratio");
    expect(textIn(LOSSES, argument!.range)).toBe("under");
    const library = await define("dw_fm_paper {");
    expect(library?.uri).toMatch(/stdlib\/presets\.dro$/);
    const unit = await define("usd/item");
    expect(textIn(SPEC, unit!.range)).toBe("usd");
    expect(await define("flow_matching")).toBeNull();
  });
  it("finds every reference, over files, with and without the declaration", async () => {
    expect((await references("holding * ", true)).map(({ range }) => range.start.line)).toEqual([11, 28]);
    expect(await references("holding * ", false)).toHaveLength(1);
    const over = await references("two_sided(sum", true);
    expect(new Set(over.map((one) => one.uri.split("/").at(-1)))).toEqual(new Set(["losses.dro", "shop.dro"]));
    expect(over).toHaveLength(3);
    expect(await references("item\nunit usd", true)).toHaveLength(5);
  });
  it("finds references in files of the workspace that import this one", async () => {
    const losses = await client.open(join(folder, "losses.dro"), LOSSES);
    const at = client.at(losses, "two_sided");
    const found = await client.connection.sendRequest(ReferencesRequest.type, {
      ...at,
      context: { includeDeclaration: true },
    });
    expect(new Set((found ?? []).map((one) => one.uri))).toEqual(new Set([losses, uri]));
    await client.close(losses);
  });
  it("highlights the uses in the file", async () => {
    const found = await client.connection.sendRequest(DocumentHighlightRequest.type, client.at(uri, "ratio = 8"));
    expect(found).toHaveLength(2);
  });
});

describe("rename", () => {
  it("changes every use over files, and the result means the same", async () => {
    const edit = await client.connection.sendRequest(RenameRequest.type, {
      ...client.at(uri, "two_sided(sum"),
      newName: "imbalance",
    });
    const losses = Object.entries(edit?.changes ?? {}).find(([one]) => one.endsWith("losses.dro"))!;
    expect(apply(LOSSES, losses[1])).toBe(LOSSES.replaceAll("two_sided", "imbalance"));
    expect(apply(SPEC, edit?.changes?.[uri] ?? [])).toBe(SPEC.replaceAll("two_sided", "imbalance"));
  });
  it("reaches parameters of functions by their named arguments", async () => {
    const edit = await client.connection.sendRequest(RenameRequest.type, {
      ...client.at(uri, "under = ratio"),
      newName: "short",
    });
    expect(apply(SPEC, edit?.changes?.[uri] ?? [])).toContain("short = ratio");
    const losses = Object.entries(edit?.changes ?? {}).find(([one]) => one.endsWith("losses.dro"))!;
    expect(apply(LOSSES, losses[1])).toBe(LOSSES.replaceAll("under", "short"));
  });
  it("keeps a model that extends another in step", async () => {
    const text = `${SPEC}\nmodel Bold extends Shop\nparam ratio = 5\nloss cost(q, d) = holding * two_sided(sum(q - d), under = ratio)\n`;
    const own = await opened(text, "extends.dro");
    await client.diagnostics(own);
    const edit = await client.connection.sendRequest(RenameRequest.type, {
      ...client.at(own, "ratio = 8"),
      newName: "times",
    });
    expect(apply(text, edit?.changes?.[own] ?? [])).toBe(text.replaceAll("ratio", "times"));
    await client.close(own);
  });
  it.each([
    ["holding * ", "two words", "is not a name"],
    ["holding * ", "if", "reserved word"],
    ["holding * ", "ratio", "already names"],
    ["dw_fm_paper {", "mine", "belongs to droc"],
    ["flow_matching", "mine", "word of the language"],
  ])("of %j to %j is refused", async (text, newName, reason) => {
    await expect(
      client.connection.sendRequest(RenameRequest.type, { ...client.at(uri, text), newName }),
    ).rejects.toThrow(reason);
  });
  it("says first what would be renamed", async () => {
    const found = await client.connection.sendRequest(PrepareRenameRequest.type, client.at(uri, "holding * ", 3));
    expect(found).toMatchObject({ placeholder: "holding" });
  });
});

describe("the shape of a file", () => {
  it("is outlined", async () => {
    const found = await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument: { uri } });
    const [model] = found ?? [];
    if (model === undefined || !("children" in model)) throw new Error("no outline");
    expect(model.name).toBe("Shop");
    expect(model.children?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["holding", "sales", "q", "cost", "risk"]),
    );
    const data = model.children?.find(({ name }) => name === "sales");
    expect(data?.children?.map(({ name, detail }) => [name, detail])).toEqual([
      ["day", "index"],
      ["x", "context"],
      ["d", "outcome"],
    ]);
  });
  it("is folded at blocks, imports and models", async () => {
    const found = await client.connection.sendRequest(FoldingRangeRequest.type, { textDocument: { uri } });
    expect(found?.map(({ startLine, endLine }) => [startLine, endLine])).toEqual(
      expect.arrayContaining([
        [0, 1],
        [14, 18],
        [23, 24],
      ]),
    );
  });
  it("has semantic tokens, whole and in a range", async () => {
    const whole = await client.connection.sendRequest(SemanticTokensRequest.type, { textDocument: { uri } });
    const part = await client.connection.sendRequest(SemanticTokensRangeRequest.type, {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } },
    });
    expect(whole!.data.length % 5).toBe(0);
    expect(part!.data.length).toBe(4 * 5);
    expect(whole!.data.slice(0, 20)).toEqual(part!.data);
    const legend = client.capabilities.semanticTokensProvider!.legend.tokenTypes;
    expect([3, 8, 13, 18].map((i) => legend[part!.data[i]!])).toEqual(["keyword", "function", "keyword", "string"]);
  });
});

describe("formatting", () => {
  it("is that of `droc fmt`, and only changes what differs", async () => {
    const text = SPEC.replace("param ratio = 8 + 1", "param   ratio=8+1");
    const own = await opened(text, "format.dro");
    const options = { tabSize: 8, insertSpaces: false };
    const edits = await client.connection.sendRequest(DocumentFormattingRequest.type, {
      textDocument: { uri: own },
      options,
    });
    expect(apply(text, edits ?? [])).toBe(format(text).text);
    expect(edits).toHaveLength(1);
    expect(edits![0]!.newText.length).toBeLessThan(SPEC.length);
    await client.close(own);
  });
  it("leaves a broken file alone", async () => {
    const own = await opened(`${SPEC}param x = (`, "broken.dro");
    const options = { tabSize: 2, insertSpaces: true };
    expect(
      await client.connection.sendRequest(DocumentFormattingRequest.type, { textDocument: { uri: own }, options }),
    ).toBeNull();
    await client.close(own);
  });
});

describe("inlay hints", () => {
  it("show sizes, computed values and the defaults left to droc", async () => {
    const found = await client.connection.sendRequest(InlayHintRequest.type, {
      textDocument: { uri },
      range: everywhere,
    });
    const hints = (found ?? []).map(({ position, label }) => [position.line, label]);
    expect(hints).toEqual(
      expect.arrayContaining([
        [4, "seed 0"],
        [12, "= 9"],
        [17, "= 3"],
        [30, ", activation: relu, solver: midpoint, ode_steps: 8, …"],
      ]),
    );
  });
  it("stay at their places while the text is broken below", async () => {
    const own = await opened(SPEC, "hints.dro");
    await client.diagnostics(own);
    await client.connection.sendRequest(HoverRequest.type, client.at(own, "Shop\n"));
    await client.edit(own, "evaluate on test {", "evaluate on test { ( ");
    const found = await client.connection.sendRequest(InlayHintRequest.type, {
      textDocument: { uri: own },
      range: everywhere,
    });
    expect((found ?? []).map(({ label }) => label)).toContain("= 9");
    await client.close(own);
  });
});

describe("code lenses", () => {
  it("run, explain and compare each model", async () => {
    const found = await client.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
    expect(found?.map(({ command }) => command?.title)).toEqual(["run", "explain", "diff with HEAD"]);
    const explain = found![1]!.command!;
    const answer: unknown = await client.connection.sendRequest(ExecuteCommandRequest.type, {
      command: explain.command,
      arguments: explain.arguments!,
    });
    expect(answer).toMatchObject({ kind: "document", markdown: expect.stringContaining("minimise") as unknown });
    const run: unknown = await client.connection.sendRequest(ExecuteCommandRequest.type, {
      command: "droc.run",
      arguments: [uri, "Shop"],
    });
    expect(run).toMatchObject({ kind: "terminal", args: ["run", path, "--model", "Shop"] });
  });
  it("say what the unsaved text means otherwise than the last commit", async () => {
    const repository = folderWith({ "losses.dro": LOSSES, "shop.dro": SPEC });
    const git = (...args: string[]): unknown =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: repository });
    git("init", "-q");
    git("add", ".");
    git("commit", "-q", "-m", "first");
    const own = await client.open(join(repository, "shop.dro"), SPEC);
    const ask = async (): Promise<unknown> =>
      client.connection.sendRequest(ExecuteCommandRequest.type, {
        command: "droc.diffWithHead",
        arguments: [own, "Shop"],
      });
    expect(await ask()).toMatchObject({ markdown: expect.stringContaining("Nothing changed") as unknown });
    await client.edit(own, "level = 90%", "level = 80%");
    expect(await ask()).toMatchObject({ markdown: expect.stringContaining("LESS CONSERVATIVE") as unknown });
    await client.close(own);
    expect(
      await client.connection.sendRequest(ExecuteCommandRequest.type, {
        command: "droc.diffWithHead",
        arguments: [uri, "Shop"],
      }),
    ).toMatchObject({ kind: "refused" });
  });
});

describe("quick fixes", () => {
  const cases: readonly (readonly [what: string, from: string, to: string, code: string])[] = [
    ["a misspelt name", "sum(q - d)", "sum(q - dd)", "unknown-name"],
    ["a misspelt method", "~ flow_matching", "~ flow_matchin", "method-unknown"],
    ["a misspelt option", "hidden: [16, 16]", "hiden: [16, 16]", "option-unknown"],
    ["a misspelt metric", "{ regret,", "{ regrett,", "method-unknown"],
    ["a foreign operator", "0..100", "0..100\nparam t = 2 ** 3", "foreign-operator"],
    ["an equation with one sign", "sum(q) <= 150", "sum(q) = 150", "single-equals"],
    ["a bare level", "level = 90%", "90%", "bare-level"],
    ["an option with `=`", "steps: 1_000", "steps = 1_000", "equals-for-colon"],
    ["an undeclared unit", "unit usd\n", "", "unknown-unit"],
    ["an undeclared dim", "dim Feature = 2\n", "", "unknown-dim"],
    ["a missing declaration", "risk mean(cost) + 0.5 * cvar(cost, level = 90%)\n", "", "missing-declaration"],
    ["an option given twice", "steps: 1_000", "steps: 1_000, steps: 5", "option-twice"],
    ["a function of the library", "param ratio = 8 + 1", "param ratio = pinball(9, tau = 1)", "unknown-function"],
    ["an unclosed string", 'columns("d_*")', 'columns("d_*)', "unterminated-string"],
    ["a foreign comment", "/// Cost of a leftover.", "# Cost of a leftover.", "foreign-comment"],
    [
      "an unused waiver",
      "compare uniform_fm, saa",
      'compare uniform_fm, saa\nwaive random_split because "x"',
      "waive-unused",
    ],
    ["an unset seed", "model Shop", "model Shop", "seed-unset"],
  ];
  it.each(cases)("mend %s", async (_, from, to, code) => {
    const text = SPEC.replace(from, to);
    const own = await opened(text, "fix.dro");
    const found = await client.diagnostics(own, (all) => codes(all).includes(code));
    const wrong = found.find((one) => one.code === code)!;
    const actions = await client.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri: own },
      range: wrong.range,
      context: { diagnostics: [wrong] },
    });
    const fix = (actions ?? []).find((one): one is CodeAction => "edit" in one && one.diagnostics?.[0]?.code === code);
    expect(fix?.edit?.changes?.[own]).toBeDefined();
    const mended = apply(text, fix!.edit!.changes![own]!);
    await client.close(own);
    const again = await opened(mended, "mended.dro");
    await client.diagnostics(again, (all) => !codes(all).includes(code));
    await client.connection.sendRequest(HoverRequest.type, client.at(again, "Shop"));
    expect(codes(await client.diagnostics(again)).filter((one) => one === code)).toEqual([]);
    await client.close(again);
  });
});

describe("a large file", () => {
  it("is kept in step with incremental changes, and its last text is what counts", async () => {
    const many = Array.from({ length: 400 }, (_, i) => `/// Number ${i}\nparam p${i} = ${i} // of many\n`).join("\n");
    const own = await opened(SPEC.replace("data sales", `${many}\ndata sales`), "large.dro");
    await client.diagnostics(own);
    for (const [from, to] of [
      ["param p399 = 399", "param p399 = 399 +"],
      ["= 399 +", "= 399 + p"],
      ["= 399 + p", "= 399 + p1"],
      ["= 399 + p1 ", "= 399 + p1x "],
    ] as const) {
      await client.edit(own, from, to);
    }
    const found = await client.diagnostics(own, (all) => errors(all).length > 0);
    expect(errors(found)).toEqual(["unknown-name"]);
    await client.edit(own, "p1x ", "p1 ");
    await client.diagnostics(own, (all) => errors(all).length === 0);
    expect(await hover("p399 = ", 1, own)).toContain("value 400");
    expect(readFileSync(path, "utf8")).toBe(SPEC);
    await client.close(own);
  });
});
