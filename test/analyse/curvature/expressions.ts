import { vi } from "vitest";
import type { Interval } from "../../../compiler/analyse/interval.ts";
import type { ModelIR } from "../../../runtime/ir/model.ts";

// The whole front end, but without the analysis that refuses what no solver can minimise: most of these expressions.
vi.doMock(import("../../../compiler/analyse/index.ts"), async (original) => ({
  ...(await original()),
  analyseModel: () => ({ problems: [], unusedWaivers: [], canonical: null }),
}));
const { compile } = await import("../../../compiler/compile.ts");

/**
 * What the expressions of these tests may read: `a`, `c`, `e` scalars and `v`, `w` vectors of three, `p`, `q` ≥ 0 and
 * `n` ≤ 0, `u` in [−1, 1], `r` in [0.5, 2], vectors `y` ≥ 0 and `h` in [0.5, 2]; params `k = 2`, `m = −3`,
 * `weights = [1, 2, 3]`, `mixed = [1, −2, 3]`, `psd` and `saddle` 3 × 3.
 */
export const ranges: ReadonlyMap<string, Interval> = new Map([
  ["p", { lower: 0, upper: Infinity }],
  ["q", { lower: 0, upper: Infinity }],
  ["n", { lower: -Infinity, upper: 0 }],
  ["u", { lower: -1, upper: 1 }],
  ["r", { lower: 0.5, upper: 2 }],
  ["y", { lower: 0, upper: Infinity }],
  ["h", { lower: 0.5, upper: 2 }],
]);
export const variables: readonly string[] = ["a", "c", "e", "p", "q", "n", "u", "r", "v", "w", "y", "h"];

const frame = (
  loss: string,
): string => `import { absolute, coverage, huber, newsvendor, pinball, portfolio, sharp_shortfall, shortfall, squared } from "std/losses"
model M
dim Item = 3
param k = 2
param m = -3
param weights: real[Item] = [1, 2, 3]
param mixed: real[Item] = [1, -2, 3]
param psd: real[Item, Item] = [[2, 1, 0], [1, 2, 1], [0, 1, 2]]
param saddle: real[Item, Item] = [[1, 0, 0], [0, 1, 0], [0, 0, -1]]
data d = csv("d.csv") {
  index date: date
  context x: real[Item] = columns("f_*")
  outcome s: real[Item] = columns("r_*")
  outcome b: real = column("b")
  split chronological { train: 70%, validation: 10%, test: 20% }
}
decision a: real
decision c: real
decision e: real
decision p: real
decision q: real
decision n: real
decision u: real
decision r: real
decision v: real[Item]
decision w: real[Item]
decision y: real[Item]
decision h: real[Item]
loss L = ${loss}
risk mean(L)
uncertainty s, b | x ~ flow_matching
train dw_fm
`;

/** The model with `loss` as its loss: parsed, resolved, checked and lowered. */
export function modelOf(loss: string): ModelIR {
  const { models, diagnostics } = compile({ file: "/nowhere/droc-tests/model.dro", source: frame(loss) });
  const [model] = models;
  if (model === undefined) throw new Error(`${loss}: ${diagnostics.map((d) => `${d.code}: ${d.message}`).join("; ")}`);
  return model;
}
