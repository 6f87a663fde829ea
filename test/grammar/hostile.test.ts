import { describe, expect, it } from "vitest";
import { format, parse, SYNTAX_PROBLEMS } from "../../grammar/index.ts";
import type { ParseResult, SyntaxProblem } from "../../grammar/index.ts";
import { fixtures } from "./support/fixtures.ts";

/** Mulberry32: small, seeded, good enough to choose edits. */
function generator(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
}

const PIECES =
  "{ } ( ) [ ] , : ; = == <= >= < > + - * / ^ . .. -> |> | ~ ' \" // /// /* */ # @ \\ \0 \uD800 😀 γ ≤ && 1 1_ .5 1e9 25% 2020-01-01 x w' in by on over where if then else and or not true model decision loss split stage state next data set subject to evaluate \n \r\n \t".split(
    " ",
  );

/** One edit of characters or of tokens. */
function mutate(text: string, random: (bound: number) => number): string {
  const tokens = text.match(/\s+|\w+'?|"[^"\n]*"|[^\s\w]/g) ?? [];
  const at = random(text.length + 1);
  const index = random(tokens.length + 1);
  const piece = PIECES[random(PIECES.length)] ?? "";
  switch (random(8)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random(3));
    case 1:
      return text.slice(0, at) + piece + text.slice(at);
    case 2:
      return text.slice(0, at) + String.fromCharCode(random(0x3000)) + text.slice(at);
    case 3:
      return tokens.toSpliced(index, 1 + random(2)).join("");
    case 4:
      return tokens.toSpliced(index, 0, piece, " ").join("");
    case 5:
      return tokens.toSpliced(index, 0, ...tokens.slice(index, index + 1 + random(6))).join("");
    case 6: {
      const other = random(tokens.length + 1);
      const swapped = [...tokens];
      [swapped[index], swapped[other]] = [swapped[other] ?? "", swapped[index] ?? ""];
      return swapped.join("");
    }
    default:
      return text.slice(0, at);
  }
}

/** What must hold of every result: problems have a known code, a place in the text, and all that their message needs. */
function expectSound(source: string, result: ParseResult): void {
  for (const problem of result.problems) {
    const { start, end } = problem.span;
    expect(
      start >= 0 && start <= end && end <= source.length,
      `${problem.code} at ${start}–${end} of ${source.length}`,
    ).toBe(true);
    expect(unfilled(problem)).toEqual([]);
  }
}

function unfilled(problem: SyntaxProblem): string[] {
  const spec = Object.entries(SYNTAX_PROBLEMS).find(([code]) => code === problem.code)?.[1];
  if (!spec) return [`unknown code ${problem.code}`];
  const needed = [spec.message, spec.why, spec.help].flatMap((template) =>
    [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ""),
  );
  return needed.filter((name) => !(name in problem.args));
}

describe("any input ends in a result", () => {
  it("10,000 mutated and random sources", () => {
    const random = generator(20_240_229);
    let refused = 0;
    for (let i = 0; i < 10_000; i++) {
      let source = fixtures[i % fixtures.length]?.source ?? "";
      if (i % 10 === 9) {
        source = Array.from({ length: random(60) }, () => PIECES[random(PIECES.length)]).join(
          random(2) === 0 ? " " : "",
        );
      } else {
        // A part of the file, so that edits meet; the whole every so often.
        if (i % 10 !== 0) source = source.slice(random(source.length)).slice(0, 200 + random(600));
        for (let edits = random(4); edits >= 0; edits--) source = mutate(source, random);
      }
      const result = parse(source);
      expectSound(source, result);
      if (result.problems.length > 0) refused += 1;
      else expect(format(format(source).text).text, source).toBe(format(source).text);
    }
    expect(refused).toBeGreaterThan(5000);
    expect(refused).toBeLessThan(10_000);
  });

  it("every beginning of every fixture", () => {
    for (const { source } of fixtures) {
      for (let end = 0; end < source.length; end += 7) expectSound(source.slice(0, end), parse(source.slice(0, end)));
    }
  });
});

const codesOf = (source: string): string[] => parse(source).problems.map((problem) => problem.code);

describe("limits end in a diagnostic", () => {
  const many = 20_000;
  const cases: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    "nested parentheses": [`risk ${"(".repeat(many)}x${")".repeat(many)}`, ["nesting-too-deep"]],
    "nested lists": [`risk ${"[".repeat(many)}`, ["nesting-too-deep"]],
    "nested options": [`train ${"a { b: ".repeat(many)}`, ["nesting-too-deep"]],
    "nested stages": [`stage a {\n`.repeat(many), ["nesting-too-deep"]],
    "nested conditions": [`risk ${"if a then b else ".repeat(many)} c`, ["nesting-too-deep"]],
    "conditions in conditions": [`risk ${"if ".repeat(many)}`, ["nesting-too-deep"]],
    signs: [`risk ${"- ".repeat(many)} c`, ["nesting-too-deep"]],
    negations: [`risk ${"not ".repeat(many)} c`, ["nesting-too-deep"]],
    powers: [`risk ${"a ^ ".repeat(many)} c`, ["nesting-too-deep"]],
    sums: [`risk ${"a + ".repeat(many)} c`, ["nesting-too-deep"]],
    pipes: [`risk a${" |> b".repeat(many)}`, ["nesting-too-deep"]],
    members: [`risk a${".b".repeat(many)}`, ["nesting-too-deep"]],
    indices: [`risk a${"[0]".repeat(many)}`, ["nesting-too-deep"]],
    units: [`unit a\nparam p: real<${"a*".repeat(many)}a> = 1`, ["nesting-too-deep"]],
    "a large file of long characters": [`// ${"é".repeat(600_000)}`, ["source-too-large"]],
    "a large file": [`// ${"x".repeat(1024 * 1024)}`, ["source-too-large"]],
  };
  for (const [name, [source, codes]] of Object.entries(cases)) {
    it(name, () => expect(codesOf(source)).toEqual(codes));
  }

  it("what is just within the limits parses and prints", () => {
    const deep = `risk ${"f(".repeat(100)}x${")".repeat(100)}\nrisk ${"a + ".repeat(490)}c\nrisk ${"-(".repeat(99)}x${")".repeat(99)}\n`;
    expect(codesOf(deep)).toEqual([]);
    expect(codesOf(format(deep).text)).toEqual([]);
    const conditions = `risk ${"if a then b else ".repeat(140)} c\n`;
    expect(codesOf(format(conditions).text)).toEqual([]);
  });

  it("many problems stop the reading", () => {
    for (const source of ["param a\n", "train a { x\n", "( } ", "1_ ", "[ ) ", "dim A = 1 dim ", "γ 1 "].map((line) =>
      line.repeat(5000),
    )) {
      const codes = codesOf(source);
      expect(codes.length <= 201, source.slice(0, 20)).toBe(true);
      if (codes.length === 201) expect(codes.at(-1)).toBe("too-many-problems");
      expect(codes.slice(0, 200)).not.toContain("too-many-problems");
    }
    expect(codesOf("param a\n".repeat(5000)).length).toBe(201);
  });

  it("long runs of comments, docs and items print", () => {
    for (const line of ["// a\n", "/// a\n", "/// a\n\n", "dim A = 1 // b\n", "model A\n"]) {
      const { text, problems } = format(line.repeat(60_000));
      expect(problems).toEqual([]);
      expect(text.length).toBeGreaterThan(200_000);
    }
    expect(format(`dim A = [${"1, ".repeat(200_000)}]`).text.split("\n").length).toBe(200_003);
  });

  it("a long flat file parses", () => {
    const flat = "param a = f(1, 2, [3, 4]) // five\n".repeat(10_000);
    const { file, problems } = parse(flat);
    expect(problems).toEqual([]);
    expect(file.declarations.length).toBe(10_000);
    expect(file.comments.length).toBe(10_000);
  });
});
