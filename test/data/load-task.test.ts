import { describe, it, expect } from "vitest";
import { loadData } from "../../runtime/data/index.ts";
import type { DataSpec, FieldSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { failure, field, message } from "./support.ts";

const SIZES = { context: 5, outcome: 10, decision: 10 };
const OPTIONS = { root: ".", allow: [], seed: 4, replicate: 0 };
const FIELDS = [field("context", "x", { size: 5 }), field("outcome", "s", { size: 10 })];
const task = (
  options: Record<string, number | string> = {},
  fields: readonly FieldSpec[] = FIELDS,
  name = "portfolio",
): DataSpec => ({
  name: "d",
  source: {
    kind: "synthetic",
    task: name,
    options: { train: 30, validation: 10, test: 20, ...options },
    at: "m.dro:task",
  },
  fields,
  split: { kind: "task" },
});

const hash = async (spec: DataSpec, seed = 4) => (await loadData(spec, SIZES, { ...OPTIONS, seed })).dataHash;

describe("a synthetic data block", () => {
  it("has the parts that the task's options say, in order", async () => {
    const data = await loadData(task(), SIZES, OPTIONS);
    expect([data.rows, data.contexts.length, data.outcomes.length]).toEqual([60, 300, 600]);
    expect([data.split.train[0], data.split.validation[0], data.split.test[0], data.split.test.at(-1)]).toEqual([
      0, 30, 40, 59,
    ]);
    expect(data.contextNames).toEqual(["x[1]", "x[2]", "x[3]", "x[4]", "x[5]"]);
  });

  it("samples its true law at contexts as the model sees them, in units of the model", async () => {
    const plain = await loadData(task({ noise: 0 }), SIZES, OPTIONS);
    const scaled = await loadData(
      task({ noise: 0 }, [
        field("context", "x", { size: 5, transforms: ["standardize"] }),
        field("outcome", "s", { size: 10, transforms: ["minmax"] }),
      ]),
      SIZES,
      OPTIONS,
    );
    const stream = randomStream(9, "truth");
    const a = plain.truth!.sample(plain.contexts.slice(0, 5), 7, stream);
    const b = scaled.truth!.sample(scaled.contexts.slice(0, 5), 7, stream);
    const natural = scaled.naturalOutcome(b);
    for (let k = 0; k < a.length; k++) expect(natural[k]!).toBeCloseTo(a[k]!, 12);
    expect(plain.truth!.sample(plain.contexts.slice(0, 5), 7, stream)).toEqual(a);
    expect(scaled.transformContext(plain.contexts)).toEqual(scaled.contexts);
  });

  it("is the same world for each replicate, with other training rows", async () => {
    const a = await loadData(task(), SIZES, OPTIONS);
    const b = await loadData(task(), SIZES, { ...OPTIONS, replicate: 1 });
    expect(a.contexts.slice(200)).toEqual(b.contexts.slice(200));
    expect(a.contexts.slice(0, 150)).not.toEqual(b.contexts.slice(0, 150));
    expect(a.dataHash).toBe(b.dataHash);
  });

  it("hashes task, options and seed", async () => {
    const base = await hash(task());
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash(task({ degree: 4 }))).toBe(base);
    expect(await hash(task({ degree: 6 }))).not.toBe(base);
    expect(await hash(task(), 5)).not.toBe(base);
    expect(await hash(task({}, FIELDS, "crash_portfolio"))).not.toBe(base);
  });

  it("refuses fields of another size", async () => {
    const fields = [field("context", "x", { size: 4 }), FIELDS[1]!];
    expect(await failure(loadData(task({}, fields), SIZES, OPTIONS))).toBe("data-task-size | m.dro:x | ");
    expect(await message(loadData(task({}, fields), SIZES, OPTIONS))).toContain(
      "Task `portfolio` draws 5 context values, the fields declare 4.",
    );
  });

  it("refuses unknown tasks and options, wrong values, and rows outside a declared range", async () => {
    expect(await failure(loadData(task({}, FIELDS, "portfolios"), SIZES, OPTIONS))).toBe(
      "task-unknown | m.dro:task | ",
    );
    expect(await failure(loadData(task({ degre: 2 }), SIZES, OPTIONS))).toBe("task-option-unknown | m.dro:task | ");
    expect(await failure(loadData(task({ degree: "two" }), SIZES, OPTIONS))).toBe(
      "task-option-invalid | m.dro:task | ",
    );
    const ranged = [field("context", "x", { size: 5, range: { lower: -0.1, upper: 0.1 } }), FIELDS[1]!];
    expect(await failure(loadData(task({}, ranged), SIZES, OPTIONS))).toBe("data-value-out-of-range | m.dro:x | ");
    const whole = [FIELDS[0]!, field("outcome", "s", { size: 10, type: "int" })];
    expect(await failure(loadData(task({}, whole), SIZES, OPTIONS))).toBe("data-value-not-integer | m.dro:s | ");
  });
});
