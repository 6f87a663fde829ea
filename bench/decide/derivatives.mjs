// Decisions and their derivatives in the scenarios: mean + 2·CVaR95 + η‖z‖² over the capped simplex, warm-started as in
// training. The backward pass of a batch as a share of its forward pass, one thread.
//   npm run build && node bench/decide/derivatives.mjs [--quick]
import { cpus } from "node:os";
import { createDecisionLayer } from "../../dist/runtime/decide/layer/index.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";
import { median } from "../support/numbers.mjs";
import { portfolio } from "../support/portfolio.mjs";

const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 2 : 7;
const CASES = [
  { assets: 10, scenarios: 512, contexts: quick ? 50 : 200, cap: 0.3 },
  { assets: 50, scenarios: 512, contexts: quick ? 10 : 50, cap: 0.1 },
  { assets: 400, scenarios: 512, contexts: quick ? 2 : 4, cap: 0.05 },
];

/** With the derivatives that a compiler emits. */
function differentiable(assets, cap) {
  return {
    ...portfolio(assets, cap),
    loss: (z, s) => -z.reduce((sum, share, i) => sum + share * s[i], 0),
    lossGradientZ: (_z, s, _x, out) => out.set(s.map((value) => -value)),
    lossGradientS: (z, _s, _x, out) => out.set(z.map((value) => -value)),
    extendedGradientS: () => undefined,
  };
}

console.log(`${cpus()[0].model}, Node ${process.versions.node}`);
for (const { assets, scenarios, contexts, cap } of CASES) {
  const layer = await createDecisionLayer(differentiable(assets, cap));
  const forward = [];
  const backward = [];
  let counts;
  for (let round = -1; round < ROUNDS; round++) {
    const outcomes = new Float64Array(contexts * scenarios * assets);
    randomStream(round + 2, "returns").normal(outcomes);
    for (let i = 0; i < outcomes.length; i++) outcomes[i] *= 0.02;
    const keys = Array.from({ length: contexts }, (_, i) => i);
    let start = performance.now();
    const answered = layer.forward({ contexts, scenarios, outcomes, keys });
    const solved = performance.now() - start;
    start = performance.now();
    ({ counts } = answered.backward(answered.decisions.map((_, i) => Math.sin(i))));
    if (round < 0) continue;
    forward.push(solved / contexts);
    backward.push((performance.now() - start) / contexts);
  }
  const [f, b] = [median(forward), median(backward)];
  const shares = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  console.log(
    `${assets} assets, ${scenarios} scenarios: forward ${f.toFixed(3)} ms, backward ${b.toFixed(3)} ms a context ` +
      `(${(b / f).toFixed(2)} ×); last batch: ${shares.join(", ")}`,
  );
}
