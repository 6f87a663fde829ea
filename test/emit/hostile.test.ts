import * as fc from "fast-check";
import { ts } from "ts-morph";
import { describe, expect, it } from "vitest";
import { stripTypes } from "../../compiler/build.ts";
import { emitPipeline } from "../../compiler/emit/pipeline.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { newsvendor, options } from "../support/models.ts";
import { typeCheck } from "../support/type-check.ts";

/** Every text that a spec can put into the emitted file. */
interface Texts {
  readonly model: string;
  readonly doc: string;
  readonly file: string;
  readonly source: string;
  readonly params: readonly [string, string];
  readonly context: string;
  readonly outcome: string;
  readonly decision: string;
  readonly dim: string;
  readonly label: string;
  readonly unit: string;
  readonly path: string;
  readonly column: string;
  readonly constraint: string;
  readonly risk: string;
  readonly taskOption: string;
}

const benign: Texts = {
  model: "Model",
  doc: "One line.",
  file: "model.dro",
  source: "loss L(z, s) = …",
  params: ["first", "second"],
  context: "weather",
  outcome: "demand",
  decision: "order",
  dim: "Product",
  label: "tea",
  unit: "usd",
  path: "data.csv",
  column: "a_*",
  constraint: "order >= 0",
  risk: "mean(L)",
  taskOption: "covariates",
};

/** A model whose every text is given: two products, two parameters in the loss, a file or a task. */
function model(texts: Texts, synthetic: boolean): ModelIR {
  const base = newsvendor().ir;
  const axes = [{ dim: texts.dim, size: 2 }];
  // Without a name there is no unit, and one member fewer.
  const unit = { [texts.unit === "" ? "usd" : texts.unit]: 1 };
  const b = new GraphBuilder();
  const [z, s] = [b.input(texts.decision, [2]), b.input(texts.outcome, [2])];
  const [first, second] = texts.params.map((name, i) => b.const(i + 2, [], undefined, name));
  const shortage = b.sum(b.unary("pos", b.binary("sub", s, z)));
  const loss = b.binary("add", b.binary("mul", first!, shortage), b.binary("mul", second!, b.sum(z)));
  const field = { type: "real", unit, transforms: [], doc: texts.doc } as const;
  const columns = synthetic ? null : ({ kind: "columns", pattern: texts.column } as const);
  const at = { file: 0, start: 0, end: texts.source.length };
  return {
    ...base,
    name: texts.model,
    doc: texts.doc,
    files: [texts.file],
    dims: [{ name: texts.dim, size: 2, labels: [texts.label, texts.label] }],
    params: texts.params.map((name, i) => ({
      name,
      axes: [],
      unit,
      value: [i + 2],
      overridden: false,
      doc: texts.doc,
    })),
    data: {
      name: texts.model,
      source: synthetic
        ? { kind: "synthetic", task: options(texts.model, { [texts.taskOption]: 3 }) }
        : { kind: "csv", path: texts.path },
      fields: [
        { ...field, role: "context", name: texts.context, axes, columns },
        { ...field, role: "outcome", name: texts.outcome, axes, columns },
      ],
      split: base.data.split,
    },
    decision: {
      blocks: [{ name: texts.decision, type: "real", axes, unit, doc: texts.doc }],
      constraints: [
        { relation: "<=", graph: b.finish(b.binary("sub", b.sum(z), b.const(3))), label: texts.constraint, at },
        { relation: "<=", graph: b.finish(b.unary("neg", z)), label: texts.constraint, at },
      ],
      sets: [],
    },
    loss: { name: texts.model, graph: b.finish(loss), unit, at },
    risk: { mean: 1, cvar: [{ weight: 1, level: 0.9 }], text: texts.risk, at },
  };
}

const emit = (texts: Texts, synthetic: boolean): Promise<string> =>
  emitPipeline(model(texts, synthetic), { sources: [texts.source], root: "./", drocVersion: "1" });

/** Kinds of all nodes as a tree, without any text; a member's name is one kind however it is written. */
function skeleton(text: string): string {
  const file = ts.createSourceFile("pipeline.ts", text, ts.ScriptTarget.ES2023, true);
  const walk = (node: ts.Node): string => {
    const isName = ts.isPropertyAssignment(node.parent ?? file) && node.parent.getChildAt(0) === node;
    if (isName) return "name";
    // Prettier puts parentheses around what it breaks over lines.
    if (ts.isParenthesizedExpression(node)) return walk(node.expression);
    const children: string[] = [];
    node.forEachChild((child) => {
      children.push(walk(child));
    });
    return `${node.kind}(${children.join()})`;
  };
  return walk(file);
}

/** What the emitted file would set if any text were run. */
const payload = "globalThis.pwned = true;";
const attacks: readonly string[] = [
  `*/ ${payload} /*`,
  `"; ${payload} //`,
  `'; ${payload} //`,
  `\`; ${payload} //`,
  "${globalThis.pwned = true}",
  `\n${payload}\n`,
  `\r${payload}`,
  `\u2028${payload}\u2029`,
  `\\"; ${payload}`,
  `x = 1; ${payload}`,
  "})(); globalThis.pwned = true; ({",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "class",
  "await",
  "eval",
  "arguments",
  "undefined",
  "NaN",
  "Math",
  "Float64Array",
  "pipeline",
  "loss",
  "z",
  "s",
  "x",
  "t",
  "out",
  "i",
  "total",
  "größe",
  "変数",
  "a-b",
  "a_b",
  "0",
  "",
  " ",
  "\u202e\u2066desrever",
  "\ud800",
  "@ts-nocheck",
  "@ts-ignore",
  "@ts-expect-error",
  "# sourceMappingURL=http://example.invalid/x",
  "prettier-ignore",
  "</script><!--",
  "/".repeat(40),
  "a".repeat(500),
];

const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...attacks) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...attacks), fc.constantFrom(...attacks)).map((pair) => pair.join("")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);

const hostileTexts: fc.Arbitrary<Texts> = fc
  .record({
    names: fc.uniqueArray(hostile, { minLength: 5, maxLength: 5 }),
    texts: fc.array(hostile, { minLength: 11, maxLength: 11 }),
  })
  .map(({ names, texts }) => ({
    params: [names[0]!, names[1]!],
    context: names[2]!,
    outcome: names[3]!,
    decision: names[4]!,
    model: texts[0]!,
    doc: texts[1]!,
    file: texts[2]!,
    source: texts[3]!,
    dim: texts[4]!,
    label: texts[5]!,
    unit: texts[6]!,
    path: texts[7]!,
    column: texts[8]!,
    constraint: texts[9]!,
    risk: texts[10]!,
    taskOption: texts[0]!,
  }));

describe("a hostile spec", () => {
  it("gives the same syntax tree as a benign one, whatever its names and texts are", async () => {
    const expected = { file: skeleton(await emit(benign, false)), task: skeleton(await emit(benign, true)) };
    await fc.assert(
      fc.asyncProperty(hostileTexts, fc.boolean(), async (texts, synthetic) => {
        const text = await emit(texts, synthetic);
        expect(skeleton(text)).toBe(synthetic ? expected.task : expected.file);
        // No line of a stranger's may direct a tool.
        expect(text).not.toMatch(/^\s*(\/\/|\*|\/\*+)\s*@ts-/m);
        expect(text).not.toMatch(/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it("type-checks, and executes nothing", async () => {
    const samples = fc.sample(hostileTexts, { seed: 9, numRuns: 10 });
    const texts = await Promise.all(samples.map((sample, i) => emit(sample, i % 2 === 0)));
    expect(typeCheck(Object.fromEntries(texts.map((text, i) => [`hostile${i}`, text])))).toEqual([]);

    const stub = `data:text/javascript,${encodeURIComponent(
      "export const definePipeline = (p) => p; export const main = async () => {}; export const createDecision = () => {};",
    )}`;
    for (const [i, text] of texts.entries()) {
      const script = (await stripTypes(text))
        .replace('"droc/runtime"', JSON.stringify(stub))
        .replace('new URL("./", import.meta.url)', "null");
      const module: unknown = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`);
      expect(module).toMatchObject({ pipeline: { name: samples[i]!.model, doc: samples[i]!.doc } });
    }
    expect(globalThis).not.toHaveProperty("pwned");
    expect(Object.keys({})).toEqual([]);
  });
});
