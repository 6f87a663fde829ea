import { describe, expect, it } from "vitest";
import { hashModel } from "../../compiler/ir/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { industryPortfolio, integerNewsvendor, newsvendor } from "../support/models.ts";

const { ir } = industryPortfolio();

/** Without places, everywhere: as if the source had been laid out differently. */
function unplaced<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (key, item: unknown) => (key === "at" ? undefined : item)));
}

function hashWithLoss(make: (b: GraphBuilder) => number): string {
  const b = new GraphBuilder();
  return hashModel({ ...ir, loss: { ...ir.loss, graph: b.finish(make(b)) } });
}

describe("hashModel", () => {
  it("is a sha256, the same each time, and different for different models", () => {
    expect(hashModel(ir)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashModel(industryPortfolio().ir)).toBe(hashModel(ir));
    const all = [industryPortfolio(), newsvendor(), integerNewsvendor()].map((sample) => hashModel(sample.ir));
    expect(new Set(all).size).toBe(3);
  });

  const same: readonly (readonly [string, ModelIR])[] = [
    ["places", unplaced(ir)],
    ["documentation", { ...ir, doc: "Something else." }],
    ["names of source files", { ...ir, files: ["other.dro", "std/sets.dro"] }],
    ["the printed risk", { ...ir, risk: { ...ir.risk, text: "mean( L )" } }],
    [
      "an explicit default",
      {
        ...ir,
        seed: { value: ir.seed.value, origin: "explicit" },
        train: {
          ...ir.train,
          options: { ...ir.train.options, batch: { value: 256, origin: "explicit" } },
        },
      },
    ],
    [
      "the order of declarations",
      {
        ...ir,
        dims: ir.dims.toReversed(),
        params: ir.params.toReversed(),
        data: { ...ir.data, fields: ir.data.fields.toReversed() },
        compare: ir.compare.toReversed(),
        decision: { ...ir.decision, constraints: ir.decision.constraints.toReversed() },
      },
    ],
  ];
  it.each(same)("ignores %s", (_what, other) => {
    expect(hashModel(other)).toBe(hashModel(ir));
  });

  it("ignores whether a factor is a parameter", () => {
    const plain = hashWithLoss((b) => b.binary("mul", b.const(3), b.dot(b.input("z", [10]), b.input("s", [10]))));
    const named = hashWithLoss((b) =>
      b.binary("mul", b.const(3, [], undefined, "k"), b.dot(b.input("z", [10]), b.input("s", [10]))),
    );
    expect(named).toBe(plain);
  });

  const different: readonly (readonly [string, ModelIR])[] = [
    ["the seed", { ...ir, seed: { value: 2, origin: "explicit" } }],
    ["a level", { ...ir, risk: { ...ir.risk, cvar: [{ weight: 2, level: 0.95 }] } }],
    ["a parameter", { ...ir, params: ir.params.map((p) => ({ ...p, value: [7] })) }],
    ["a transform", { ...ir, data: { ...ir.data, fields: ir.data.fields.map((f) => ({ ...f, transforms: [] })) } }],
    ["a constraint", { ...ir, decision: { ...ir.decision, constraints: ir.decision.constraints.slice(1) } }],
    [
      "an option",
      { ...ir, train: { ...ir.train, options: { ...ir.train.options, steps: { value: 1, origin: "explicit" } } } },
    ],
    ["a waiver", { ...ir, waivers: [{ assumption: "random_split", because: "…" }] }],
    ["a metric", { ...ir, evaluate: { ...ir.evaluate, metrics: ir.evaluate.metrics.slice(1) } }],
  ];
  it.each(different)("changes with %s", (_what, other) => {
    expect(hashModel(other)).not.toBe(hashModel(ir));
  });
});
