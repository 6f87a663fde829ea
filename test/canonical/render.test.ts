import { describe, expect, it } from "vitest";
import {
  canonicalise,
  reformulateModel,
  renderLatex,
  renderText,
  type ConvexProblem,
} from "../../compiler/canonical/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import { canonicalSizes } from "../../runtime/ir/canonical.ts";
import { industryPortfolio } from "../support/models.ts";

/** Lines without the first, which holds the class and its reason. */
const body = (text: string): string => text.split("\n").slice(1).join("\n").trimEnd();

function newsvendor(): ConvexProblem {
  const b = new GraphBuilder();
  const [q, d] = [b.input("q", []), b.input("d", [])];
  const over = b.binary("mul", b.const(1, [], undefined, "holding"), b.unary("pos", b.binary("sub", q, d)));
  const under = b.binary("mul", b.const(9, [], undefined, "stockout"), b.unary("pos", b.binary("sub", d, q)));
  return {
    variables: [{ name: "q", shape: [], type: "real", lower: [0] }],
    data: [{ name: "d", shape: [], repeat: "scenario" }],
    risk: { loss: b.finish(b.binary("add", over, under)), mean: 1, cvar: [] },
    constraints: [],
  };
}

describe("a model's reformulation", () => {
  it("is mean, CVaR by Rockafellar–Uryasev and the quadratic, for any number of scenarios", () => {
    const form = reformulateModel(industryPortfolio().ir);
    expect(form.class).toBe("QP");
    expect(body(renderText(form))).toBe(`min   2·t + η·‖z‖₂² + Σ_{k=1…K} p_k·(20·v_k − s_kᵀz)   over z, t, v_k
s.t.  −s_kᵀz ≤ t + v_k   k = 1…K
      1ᵀz = 1
      0 ≤ z ≤ 0.3
      0 ≤ v_k            k = 1…K
with  t: value at risk at 90%
      v_k: the loss beyond the value at risk at 90%
size  11 + K variables, 1 equality, K inequalities`);
    expect(renderLatex(form)).toBe(String.raw`\begin{aligned}
\min_{z, t, v_{k}} \quad & 2 \cdot t + \eta \cdot \left\|z\right\|_{2}^{2} + \sum_{k=1}^{K} p_{k} \cdot \left(20 \cdot v_{k} - s_{k}^\top z\right) \\
\text{s.t.} \quad & -s_{k}^\top z \le t + v_{k} && k = 1, \dots, K \\
& \mathbf{1}^\top z = 1 \\
& 0 \le z \le 0.3 \\
& 0 \le v_{k} && k = 1, \dots, K
\end{aligned}
`);
    expect(canonicalSizes(form)).toMatchObject({
      variables: { fixed: 11, perScenario: 1 },
      inequalities: { fixed: 0, perScenario: 1 },
    });
  });

  it("is JSON", () => {
    const form = reformulateModel(industryPortfolio().ir, { ambiguity: { order: 2, radius: 0.1 } });
    expect(JSON.parse(JSON.stringify(form))).toEqual(form);
  });
});

describe("a loss that bends", () => {
  it("has a variable for each part that bends, or a row for each piece", () => {
    expect(body(renderText(canonicalise(newsvendor()))))
      .toBe(`min   Σ_{k=1…K} p_k·(holding·u_k + stockout·u2_k)   over q, u_k, u2_k
s.t.  q − d_k ≤ u_k    k = 1…K
      0 ≤ u_k          k = 1…K
      d_k − q ≤ u2_k   k = 1…K
      0 ≤ u2_k         k = 1…K
      0 ≤ q
with  u_k: epigraph of \`pos\`
      u2_k: epigraph of \`pos\`
size  1 + 2K variables, 4K inequalities`);
    expect(body(renderText(canonicalise(newsvendor(), { loss: "pieces" })))).toBe(`min   Σ_{k=1…K} p_k·u_k   over q, u_k
s.t.  holding·(q − d_k) ≤ u_k    k = 1…K
      stockout·(d_k − q) ≤ u_k   k = 1…K
      0 ≤ q
with  u_k: the loss, from above
size  1 + K variables, 2K inequalities`);
  });

  it("is robust to a ball of order 2 by cones (002 §3)", () => {
    const problem = newsvendor();
    const form = canonicalise({ ...problem, risk: { ...problem.risk!, ambiguity: { order: 2, radius: 0.5 } } });
    expect(body(renderText(form))).toBe(`min   0.25·λ + Σ_{k=1…K} p_k·t_k   over q, λ, t_k, u_k, u2_k
s.t.  u_k = t_k − (holding·q − holding·d_k)      k = 1…K
      ‖(−holding, λ − u_k)‖₂ ≤ λ + u_k           k = 1…K
      u2_k = t_k − (stockout·d_k − stockout·q)   k = 1…K
      ‖(stockout, λ − u2_k)‖₂ ≤ λ + u2_k         k = 1…K
      0 ≤ q
      0 ≤ λ
      0 ≤ u_k                                    k = 1…K
      0 ≤ u2_k                                   k = 1…K
with  λ: price of moving the scenarios
      t_k: the worst loss around the scenario
      u_k: slack of a piece
      u2_k: slack of a piece
size  2 + 3K variables, 2K equalities, 2K second-order cones`);
  });
});

describe("cones", () => {
  it("are written with their atoms, and a bound with its number", () => {
    const b = new GraphBuilder();
    const z = b.input("z", [3]);
    const objective = b.binary(
      "add",
      b.reduce("log_sum_exp", z),
      b.reduce("norm2", b.binary("sub", z, b.const([1, 2, 3], [3]))),
    );
    const ball = b.binary("sub", b.sum(b.unary("square", z)), b.const(2));
    const growth = b.binary("sub", b.const(0.1), b.unary("log", b.gather(z, [0], [])));
    const form = canonicalise({
      variables: [{ name: "z", shape: [3], type: "real", lower: [-1, -1, -1], upper: [1, 1, 1] }],
      data: [],
      objective: b.finish(objective),
      constraints: [
        { relation: "<=", graph: b.finish(ball), label: "ball" },
        { relation: "<=", graph: b.finish(growth), label: "growth" },
      ],
    });
    expect(renderText(form).trimEnd()).toBe(`EXP: exponential cones for \`log_sum_exp\`
min   u + u2   over z, u, w, u2
s.t.  exp(z − u) ≤ w
      1ᵀw ≤ 1
      ‖z − (1, 2, 3)‖₂ ≤ u2
      ‖(2·z, 1)‖₂ ≤ 3
      1.10517 ≤ z_1
      −1 ≤ z ≤ 1
      0 ≤ w
with  u: epigraph of \`log_sum_exp\`
      w: exp(u − t)
      u2: epigraph of \`norm2\`
size  8 variables, 2 inequalities, 2 second-order cones, 3 exponential cones`);
  });

  it("name integers", () => {
    const b = new GraphBuilder();
    const form = canonicalise({
      variables: [
        { name: "n", shape: [], type: "int", lower: [0], upper: [9] },
        { name: "on", shape: [2], type: "bool" },
      ],
      data: [],
      objective: b.finish(b.binary("sub", b.input("n", []), b.sum(b.input("on", [2])))),
      constraints: [],
    });
    expect(body(renderText(form))).toBe(`min   n − 1ᵀon   over n, on
s.t.  0 ≤ n ≤ 9
      n ∈ ℤ
      on ∈ {0, 1}
size  3 variables`);
    expect(renderLatex(form)).toContain(String.raw`& \mathit{on} \in \{0, 1\}`);
  });

  it("avoid the names that the problem has taken", () => {
    const b = new GraphBuilder();
    const form = canonicalise({
      variables: [{ name: "u", shape: [], type: "real", lower: [-1], upper: [1] }],
      data: [{ name: "u2", shape: [], repeat: "once" }],
      objective: b.finish(b.unary("abs", b.binary("add", b.input("u", []), b.input("u2", [])))),
      constraints: [],
    });
    expect(form.variables.map((variable) => variable.name)).toEqual(["u", "u3"]);
  });
});
