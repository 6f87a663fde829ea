import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  array,
  assert as check,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
  string,
  type Arbitrary,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { renderGithub, renderJson, renderSarif, renderText } from "../../compiler/diagnostics/index.ts";
import { standardLibraryFolder } from "../../compiler/resolve/standard-library.ts";
import { compileText, spec } from "../support/tester.ts";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
const seeds: readonly string[] = [
  spec(),
  spec({
    before:
      'import { newsvendor as cost } from "std/losses"\nunit usd\nunit kusd = 1000 * usd\nfn f(u, v = 2) = if u > v then u else v ^ 2\n',
    dims: 'dim Asset = ["a", "b", "c", "d"]\ndim Feature = 3',
    params: "param gamma = 2.0\nparam w: real<usd>[Asset] = [1, 2, 3, 4]\nparam P: real[Asset, Asset] = 1",
    constraints: "subject to { cap: 0 <= z <= 50%, dot(w, z) <= w[0] }",
    loss: 'loss L(z, s) = -dot(s, z) + f(z["a"]) + sum(s * P over Asset)[0]',
    risk: "risk mean(L) + gamma * cvar(L, level = 90%) + 1e-3 * quad_form(z, P)",
    compare: "compare saa, knn_saa { neighbours: 3 }, gmm { components: 1..3 by aic }",
    evaluate: "evaluate on test { regret hardest 25%, percentile [10%, 90%], seeds: 3 }",
    more: "seed 3\n\nmodel N extends M\ntrain dw_fm { lambda: one_of(0, 0.1), reference: saa { folds: 3 }, select: regret on validation }",
  }),
  ...readdirSync(examples).flatMap((name) => {
    try {
      return [readFileSync(join(examples, name, "model.dro"), "utf8")];
    } catch (error) {
      if (error instanceof Error) return [];
      throw error;
    }
  }),
  ...readdirSync(fixtures).map((name) => readFileSync(join(fixtures, name), "utf8")),
  ...readdirSync(standardLibraryFolder())
    .filter((name) => name.endsWith(".dro"))
    .map((name) => readFileSync(join(standardLibraryFolder(), name), "utf8")),
];
const tokens = seeds.map((text) => text.match(/[\p{L}_][\p{L}\p{N}_]*|\d[\d_.eE-]*%?|\s+|"[^"\n]*"|[^]/gu) ?? []);
const words = [
  ...new Set(tokens.flat()),
  "__proto__",
  "constructor",
  "toString",
  "-1",
  "0",
  "1e999",
  "1_000_000",
  "1/0",
  "'",
  '"',
  "\u0000",
  "\u{1F600}",
  '"../../etc/passwd"',
  "predictor",
  "real[_]",
];

interface Edit {
  readonly kind: "delete" | "insert" | "replace" | "repeat";
  readonly at: number;
  readonly length: number;
  readonly word: number;
}

const edit: Arbitrary<Edit> = record({
  kind: constantFrom("delete", "insert", "replace", "repeat"),
  at: nat(),
  length: integer({ min: 1, max: 12 }),
  word: nat(words.length - 1),
});

function mutate(list: readonly string[], edits: readonly Edit[]): string {
  const result = [...list];
  for (const { kind, at, length, word } of edits) {
    const place = at % (result.length + 1);
    if (kind === "delete") result.splice(place, length);
    else if (kind === "insert") result.splice(place, 0, words[word]!);
    else if (kind === "replace") result.splice(place, 1, words[word]!);
    else result.splice(place, 0, ...result.slice(place, place + length));
  }
  return result.join("");
}

/** Compiles a hostile text: whatever it says, the answer is models or diagnostics, each with a place in a source. */
function survive(text: string): void {
  const { diagnostics, sources, models } = compileText(text);
  for (const { span, file, message, why, help, related } of diagnostics) {
    for (const place of [{ span, file }, ...related]) {
      const length = sources.find((one) => one.name === place.file)?.text.length ?? -1;
      const { start, end } = place.span;
      if (start < 0 || end < start || end > length) throw new Error(`${message} at ${start}–${end} of ${place.file}`);
    }
    if (/\{[a-z]+\}|undefined|\[object/.test(message + why + help)) throw new Error(message + why + help);
  }
  renderText(diagnostics, sources, { color: true });
  renderGithub(diagnostics, sources);
  JSON.stringify([renderJson(diagnostics, sources), renderSarif(diagnostics, sources, "0")]);
  if (diagnostics.some((d) => d.severity === "error")) return;
  for (const model of models) expect(JSON.parse(JSON.stringify(model))).toEqual(model);
}

describe("a spec from a stranger", () => {
  // Five tests of two thousand: none comes near the limit of time on a busy machine.
  it.each([1, 2, 3, 4, 5])(
    "never crashes the compiler, whatever was done to it: 2,000 mutations from seed %i",
    (seed) => {
      check(
        property(nat(tokens.length - 1), array(edit, { minLength: 1, maxLength: 5 }), (text, edits) =>
          survive(mutate(tokens[text]!, edits)),
        ),
        { numRuns: 2000, seed },
      );
    },
  );

  it("never crashes the compiler, though it is no spec at all", () => {
    const noise = oneof(
      string({ unit: "binary", maxLength: 200 }),
      array(constantFrom(...words), { maxLength: 60 }).map((list) => list.join(" ")),
    );
    check(property(noise, survive), { numRuns: 1000, seed: 7 });
  });

  it.each([
    ["a long sum", spec({ loss: `loss L(z, s) = -dot(s, z) ${"+ 1 ".repeat(20_000)}` })],
    ["deep brackets", spec({ loss: `loss L(z, s) = ${"(".repeat(5000)}1${")".repeat(5000)}` })],
    ["many signs", spec({ loss: `loss L(z, s) = ${"-".repeat(50_000)}1` })],
    ["a long list", spec({ params: `param w = [${"1, ".repeat(100_000)}1]` })],
    ["nested lists", spec({ params: `param w = ${"[".repeat(300)}1${"]".repeat(300)}` })],
    ["a deep range", spec({ decision: `decision z: real[Asset] in ${"0..".repeat(5000)}1` })],
    [
      "many pipes",
      spec({ data: `data d = csv("a.csv") { context x: real = column("a") ${"|> abs ".repeat(20_000)} }` }),
    ],
    ["deep units", `unit a\nunit b = a${" * a".repeat(20_000)}\n`],
    ["great powers", spec({ before: `unit a\nunit b = a${" ^ 50".repeat(20)}\n` })],
    ["a long name", spec({ risk: `risk mean(${"L".repeat(500_000)})` })],
    ["many models", Array.from({ length: 300 }, (_, i) => `model M${i} extends M${i + 1}`).join("\n")],
    ["many errors", spec({ params: Array.from({ length: 3000 }, (_, i) => `param p${i} = q${i}`).join("\n") })],
    [
      "long chains of params",
      spec({ params: Array.from({ length: 3000 }, (_, i) => `param p${i} = p${i + 1}`).join("\n") }),
    ],
    [
      "chains of presets",
      `${Array.from({ length: 3000 }, (_, i) => `preset p${i} = p${i + 1}`).join("\n")}\n${spec({ train: "train p0" })}`,
    ],
    ["chains of units", `${Array.from({ length: 3000 }, (_, i) => `unit u${i} = u${i + 1}`).join("\n")}\n${spec()}`],
    [
      "huge arrays",
      spec({
        dims: "dim Asset = 1_000_000\ndim Feature = 1_000_000",
        params: "param A: real[Asset] = 1\nparam B: real[Feature] = 2",
        loss: "loss L(z, s) = -dot(s, A) + norm2(A) + sum(exp(B))",
      }),
    ],
    ["a set of itself", spec({ before: "set a(z) { z >= 0 }\n", decision: "decision z: real[Asset] in a { z: 3 }" })],
  ])("ends quickly on %s", (_, text) => survive(text));
});
