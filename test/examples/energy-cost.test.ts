import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { reformulateModel } from "../../compiler/canonical/index.ts";
import { compile } from "../../compiler/compile.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { convert as convertExample, EXAMPLES, SHARED } from "./convert.ts";

const EXAMPLE = join(EXAMPLES, "energy-cost-scheduling");
const SHOP = join(EXAMPLE, "shop.json");
const [ICON, PRICES] = ["icon_sched_instances.json", "icon_energy_prices.csv.gz"].map((name) => join(SHARED, name));
const folder = mkdtempSync(join(tmpdir(), "droc-energy-cost-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function convert(out: string, instances: string, instance: string, ...more: string[]): string {
  return convertExample("energy-cost-scheduling", out, "--instances", instances, "--instance", instance, ...more);
}

function modelOf(file: string): ModelIR {
  const { diagnostics, models, notRunnable } = compile({ file });
  expect([...diagnostics, ...notRunnable]).toEqual([]);
  return models[0]!;
}

interface Instance {
  readonly minutes_per_period: number;
  readonly machines: readonly { readonly capacity: readonly [number] }[];
  readonly tasks: readonly {
    readonly duration: number;
    readonly earliest_start: number;
    readonly latest_end: number;
    readonly power_kw: number;
    readonly use: readonly [number];
  }[];
}

/** Schedules drawn at random: the spec's rows must hold where the machines have room, and its bill be the energy's. */
function checkSchedules(ir: ModelIR, instance: Instance, count: number): { readonly fitting: number } {
  const { machines, tasks } = instance;
  const slots = 1440 / instance.minutes_per_period;
  const startsOf = tasks.map((task) => task.latest_end - task.duration - task.earliest_start + 1);
  const offsets = startsOf.map((_, job) => startsOf.slice(0, job).reduce((a, b) => a + b, 0));
  const starts = startsOf.reduce((a, b) => a + b, 0);
  const stream = randomStream(5, "schedules");
  const params = Object.fromEntries(ir.params.map(({ name, value }) => [name, value]));
  let fitting = 0;
  for (let k = 0; k < count; k++) {
    const draws = new Float64Array(2 * tasks.length + slots);
    stream.uniform(draws, k * draws.length);
    const prices = Array.from(draws.subarray(2 * tasks.length), (value) => 100 * value - 20);
    const begins = Array.from({ length: machines.length * starts }, () => 0);
    const used = machines.map(() => Array.from({ length: slots }, () => 0));
    let bill = 0;
    for (const [job, task] of tasks.entries()) {
      const machine = Math.floor(draws[2 * job]! * machines.length);
      const start = Math.floor(draws[2 * job + 1]! * startsOf[job]!);
      begins[machine * starts + offsets[job]! + start] = 1;
      for (let slot = task.earliest_start + start; slot < task.earliest_start + start + task.duration; slot++) {
        used[machine]![slot]! += task.use[0];
        bill += (prices[slot]! * task.power_kw * instance.minutes_per_period) / 60_000;
      }
    }
    const fits = machines.every(({ capacity }, machine) => used[machine]!.every((value) => value <= capacity[0]));
    if (fits) fitting++;
    const held = ir.decision.constraints.every(({ graph, relation }) =>
      [...evaluateGraph(graph, { ...params, begins })].every((value) =>
        relation === "==" ? Math.abs(value) < 1e-9 : value <= 1e-9,
      ),
    );
    expect(held).toBe(fits);
    expect(evaluateGraph(ir.loss.graph, { ...params, begins, price: prices })[0]).toBeCloseTo(bill, 3);
  }
  return { fitting };
}

const instanceOf = (file: string, name: string): Instance => JSON.parse(readFileSync(file, "utf8"))[name];

describe("energy-cost-aware scheduling", () => {
  it("has the spec that convert.mjs writes for shop.json", () => {
    const out = join(folder, "model.dro");
    expect(convert(out, SHOP, "shop")).toContain("29 starts on 2 machines");
    expect(readFileSync(out, "utf8")).toBe(readFileSync(join(EXAMPLE, "model.dro"), "utf8"));
  });

  it("allows the schedules for which the machines have room, and bills their energy", () => {
    const ir = modelOf(join(EXAMPLE, "model.dro"));
    expect(reformulateModel(ir).class).toBe("MIP");
    const { fitting } = checkSchedules(ir, instanceOf(SHOP, "shop"), 300);
    expect(fitting).toBeGreaterThan(20);
    expect(fitting).toBeLessThan(280);
  });

  it("refuses a job that does not run, and one that runs twice", () => {
    const ir = modelOf(join(EXAMPLE, "model.dro"));
    const begins = Array.from({ length: 58 }, () => 0);
    for (const start of [0, 8, 14, 22]) begins[start] = 1;
    const once = ir.decision.constraints.find(({ relation }) => relation === "==")!;
    const params = Object.fromEntries(ir.params.map(({ name, value }) => [name, value]));
    const left = (z: readonly number[]): readonly number[] => [...evaluateGraph(once.graph, { ...params, begins: z })];
    expect(left(begins)).toEqual([0, 0, 0, 0]);
    expect(left(begins.with(8, 0)).map(Math.abs)).toEqual([0, 1, 0, 0]);
    expect(left(begins.with(29 + 9, 1)).map(Math.abs)).toEqual([0, 1, 0, 0]);
  });

  it("averages half hours over its slots, and leaves out a day that lacks a number", () => {
    const prices = join(folder, "prices.csv");
    const lines = ["date,period,dow,price_fc,load_fc,wind_fc,price"];
    for (const day of [1, 2, 3]) {
      for (let period = 0; period < 48; period++) {
        lines.push(
          `2013-06-0${day},${period},${day + 3},50,1000,10,${day === 2 && period === 7 ? "" : 100 * day + period}`,
        );
      }
    }
    writeFileSync(prices, `${lines.join("\n")}\n`);
    const days = join(folder, "days.csv");
    expect(convert(join(folder, "shop.dro"), SHOP, "shop", "--prices", prices, "--days", days)).toContain("2 days");
    const [header, first, third] = readFileSync(days, "utf8").trim().split("\n");
    const value = (row: string, column: string): string => row.split(",")[header!.split(",").indexOf(column)]!;
    expect([value(first!, "date"), value(first!, "weekend"), Number(value(first!, "price_01"))]).toEqual([
      "2013-06-01",
      "0",
      105.5,
    ]);
    expect([value(third!, "weekend"), Number(value(third!, "price_11"))]).toEqual(["1", 345.5]);
  });

  it("says which instances there are, and where prices are found", () => {
    const out = join(folder, "no.dro");
    expect(() => convert(out, SHOP, "load9")).toThrow(/it has shop/);
    expect(() => convert(out, SHOP, "shop", "--prices", join(folder, "absent.csv"))).toThrow(/README\.md/);
  });
});

describe.skipIf(!existsSync(ICON!) || !existsSync(PRICES!))("an instance of CSPLib 059", () => {
  it("is a whole-number programme over all its starts, with 789 days of prices", () => {
    const out = join(folder, "load1.dro");
    const said = convert(out, ICON!, "load1", "--prices", PRICES!, "--days", join(folder, "data/days.csv"));
    expect(said).toContain("137 starts on 3 machines");
    expect(said).toContain("789 days");
    const ir = modelOf(out);
    expect(reformulateModel(ir).class).toBe("MIP");
    const narrow = checkSchedules(ir, instanceOf(ICON!, "load1"), 15);
    expect(narrow.fitting).toBeLessThan(15);
  });
});
