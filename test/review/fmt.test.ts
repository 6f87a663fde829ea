import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import * as prettier from "prettier";
import { describe, expect, it } from "vitest";
import { parse, print, type SourceFile } from "../../grammar/index.ts";
import { hashModel } from "../../compiler/ir/index.ts";
import { formatSource, formatSpec } from "../../compiler/review/format.ts";
import * as plugin from "../../compiler/review/prettier.ts";
import { BROKEN, droc, folderWith, GOOD, REPOSITORY } from "../cli/support.ts";
import { shapeOf } from "../grammar/support/trees.ts";
import { compileText } from "../support/tester.ts";

/** What may stand between two tokens on a line, within brackets, and behind a line. */
const gap = fc.constantFrom(" ", "  ", "\t", "   ");
const inside = fc.constantFrom("", " ", "\n  ", "\n\n", " // inside\n", "\n// own line\n    ");
const behind = fc.constantFrom("", "", "", "  // why", " // 50% of { it", "   ");
const between = fc.constantFrom("\n", "\n\n", "\n\n\n\n", "\n// droc-ignore-file magic-number: as generated\n");

/** Specs that compile, in a layout that nobody would choose: declarations in any order, comments wherever they may be. */
const messySpec: fc.Arbitrary<string> = fc
  .record({
    seed: fc.integer({ min: 0, max: 99 }),
    level: fc.integer({ min: 50, max: 99 }),
    assets: fc.integer({ min: 2, max: 6 }),
    cap: fc.constantFrom("0.6", ".75".replace(".", "0."), "1", "cap"),
    gamma: fc.constantFrom("2", "2.0", "1_000", "1e-3", "0.5"),
    hidden: fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 4 }),
    shuffle: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 10, maxLength: 10 }),
    gaps: fc.array(gap, { minLength: 4, maxLength: 4 }),
    insides: fc.array(inside, { minLength: 6, maxLength: 6 }),
    behinds: fc.array(behind, { minLength: 10, maxLength: 10 }),
    betweens: fc.array(between, { minLength: 10, maxLength: 10 }),
  })
  .map(({ seed, level, assets, cap, gamma, hidden, shuffle, gaps, insides, behinds, betweens }) => {
    const [g0, g1, g2, g3] = gaps;
    const [i0, i1, i2, i3, i4, i5] = insides;
    const declarations = [
      `seed${g0}${seed}`,
      `param${g1}gamma=${gamma}`,
      `param cap${g2}=${g3}0.9`,
      `data returns=synthetic portfolio {${i0}assets:${assets}, covariates:2,${i1}train: 200, validation:50, test:50${i2}} {\n context x: real[2]\n\n outcome s :real[${assets}]${i3}\n}`,
      `decision z:real[${assets}] in simplex{cap:${g0}${cap}}`,
      `loss L(z,${i4}s)=-dot(${i5}s,z)`,
      `risk mean(L)+gamma*${g1}cvar(L,level=${level}%)`,
      `uncertainty s|x~flow_matching{hidden:[${hidden.join(`,${g2}`)}],${i1}scenarios:32}`,
      `train dw_fm{${i3}steps:${g3}200}`,
      `evaluate on test{regret,${i2}cvar_loss, seeds:3}`,
    ];
    const ordered = declarations
      .map((text, k) => ({ text: `${text}${behinds[k]}${betweens[k]}`, key: shuffle[k]! }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ text }) => text)
      .join("");
    return `/// Doc.\nmodel   M\n${ordered}`;
  });

const shape = (file: SourceFile): string => JSON.stringify(shapeOf(file));
const comments = (file: SourceFile): string => JSON.stringify(file.comments.map((one) => one.text).toSorted());

describe("the formatter", () => {
  it("is idempotent and keeps the tree and every comment of 5,000 generated specs", () => {
    fc.assert(
      fc.property(messySpec, (source) => {
        // As `formatSource` does, whose parse is made here once for both uses.
        const { file: before, problems } = parse(source);
        if (problems.length > 0) throw new Error(`a generated spec does not parse: ${problems[0]?.code}`);
        const text = print(before, source);
        const { file: after } = parse(text);
        if (print(after, text) !== text) throw new Error("printing it twice is not printing it once");
        // Compared as text: a matcher's walk over both trees takes longer than all the rest.
        if (shape(after) !== shape(before)) expect(shapeOf(after)).toEqual(shapeOf(before));
        if (comments(after) !== comments(before)) throw new Error(`${comments(before)} became ${comments(after)}`);
      }),
      { numRuns: 5000, seed: 9 },
    );
  }, 120_000);

  it("keeps the hash of what generated specs mean", () => {
    fc.assert(
      fc.property(messySpec, (source) => {
        const before = compileText(source);
        expect(before.diagnostics.filter((one) => one.severity === "error")).toEqual([]);
        const { text } = formatSpec(source, "/nowhere/droc-tests/model.dro");
        expect(compileText(text ?? "").allModels.map(hashModel)).toEqual(before.allModels.map(hashModel));
        expect(before.allModels).toHaveLength(1);
      }),
      { numRuns: 150, seed: 10 },
    );
  }, 60_000);

  it("refuses what does not parse, wherever it is broken, and gives no text", () => {
    const good = formatSource(GOOD).text ?? "";
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: good.length - 1 }),
        fc.constantFrom("", ")", "}", '"', "@", "in in"),
        (at, by) => {
          const broken = good.slice(0, at) + by + good.slice(at + 1);
          const parsed = parse(broken).problems.length === 0;
          expect(formatSource(broken).text === null).toBe(!parsed);
        },
      ),
      { numRuns: 400, seed: 11 },
    );
  });

  it("takes --write for what it does anyway, and not beside --check", async () => {
    const cwd = folderWith({ "m.dro": GOOD, "broken.dro": BROKEN });
    expect((await droc(["fmt", "--write", "m.dro"], { cwd })).exit).toBe(0);
    expect(readFileSync(join(cwd, "m.dro"), "utf8")).toBe(formatSource(GOOD).text);
    expect((await droc(["fmt", "--write", "--check", "m.dro"], { cwd })).exit).toBe(2);
  });
});

describe("the Prettier plugin", () => {
  const options = { parser: "dro", plugins: [plugin] };

  it("prints what droc fmt prints", async () => {
    for (const [source] of fc.sample(messySpec, { numRuns: 25, seed: 12 }).map((one) => [one])) {
      expect(await prettier.format(source ?? "", options)).toBe(formatSource(source ?? "").text);
    }
  });

  it("says where a file is broken", async () => {
    await expect(prettier.format(BROKEN, options)).rejects.toMatchObject({
      loc: { start: { line: 12 } },
    });
  });

  it("formats the blocks of a Markdown file", async () => {
    const page = "Text.\n\n```dro\nparam   a=1\n```\n";
    const formatted = await prettier.format(page, { parser: "markdown", plugins: [plugin] });
    expect(formatted).toBe("Text.\n\n```dro\nparam a = 1\n```\n");
  });

  it("is found by Prettier's own command under droc/prettier", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    const [bin, entry] = ["node_modules/prettier/bin/prettier.cjs", "dist/compiler/review/prettier.js"].map((path) =>
      join(REPOSITORY, path),
    );
    writeFileSync(join(cwd, ".prettierrc"), "{}");
    const { stdout } = await promisify(execFile)(process.execPath, [bin!, "--plugin", entry!, "m.dro"], { cwd });
    expect(stdout).toBe(formatSource(GOOD).text);
    const { exports } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as {
      readonly exports: Readonly<Record<string, { readonly default: string }>>;
    };
    expect(join(REPOSITORY, exports["./prettier"]?.default ?? "")).toBe(entry);
  });
});
