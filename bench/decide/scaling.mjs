// What the structured solver's cost grows with: scenarios K (128 … 16,384) at n = 10, 50 and 400 components, and contexts
// C (1 … 10,000) at n = 10, K = 128. mean + 2·CVaR95 + 1e-3‖z‖² over the capped simplex; each context's scenarios are
// drawn anew around means that drift, and decisions start from the last one's. Certificates are included.
//   npm run build && node bench/decide/scaling.mjs [--quick]
// The exponent is the slope of log time against log K (or log C) by least squares; each time is the least of 5 rounds.
import { cpus } from "node:os";
import { createDecider, decideMany } from "../../dist/runtime/decide/index.js";
import { portfolio } from "../support/portfolio.mjs";
import { drawContexts } from "../support/returns.mjs";

const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 2 : 5;
const SCENARIOS = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384];
const CONTEXTS = quick ? [1, 10, 100] : [1, 10, 100, 1000, 10_000];
const CAPS = { 10: 0.3, 50: 0.1, 400: 0.05 };
const noContext = new Float64Array(0);

/** A pool of sets that contexts take in turn. */
function drawSets(assets, count, sets) {
  return drawContexts(assets, count, sets).map((outcomes) => ({ scenarios: { count, outcomes }, context: noContext }));
}

function* repeat(cases, count) {
  for (let at = 0; at < count; at++) yield cases[at % cases.length];
}

/** Least milliseconds over the rounds of deciding `count` cases. */
function measure(decider, cases, count) {
  let least = Infinity;
  let widest = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (const { status, gap, objective } of decideMany(decider, repeat(cases, count))) {
      if (status !== "optimal") throw new Error(`a context was ${status}`);
      widest = Math.max(widest, gap / Math.abs(objective));
    }
    least = Math.min(least, performance.now() - start);
  }
  return { least, widest };
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** Slope of log y against log x. */
function exponent(xs, ys) {
  const x = xs.map(Math.log);
  const y = ys.map(Math.log);
  const [mx, my] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return covariance / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}

console.log(`${cpus()[0].model}, Node ${process.version}`);
console.log("\ncomponents  scenarios  ms a context  widest relative gap");
for (const assets of [10, 50, 400]) {
  const decider = await createDecider(portfolio(assets, CAPS[assets]));
  const largest = quick && assets === 400 ? 1024 : SCENARIOS.at(-1);
  const counts = SCENARIOS.filter((count) => count <= largest);
  const times = counts.map((count) => {
    const contexts = Math.max(2, Math.min(40, Math.floor(2e6 / (count * assets))));
    const cases = drawSets(assets, count, contexts);
    measure(decider, cases, Math.min(contexts, 10));
    const { least, widest } = measure(decider, cases, contexts);
    const each = least / contexts;
    const cells = [String(assets).padStart(10), String(count).padStart(9), each.toFixed(3).padStart(12)];
    console.log([...cells, widest.toExponential(1).padStart(19)].join("  "));
    return each;
  });
  console.log(`  time ~ K^${exponent(counts, times).toFixed(2)} at n = ${assets}`);
}
console.log("\n  contexts        ms  ms a context");
const decider = await createDecider(portfolio(10, CAPS[10]));
const cases = drawSets(10, 128, 500);
measure(decider, cases, 200);
const totals = CONTEXTS.map((count) => {
  const { least } = measure(decider, cases, count);
  console.log(
    [String(count).padStart(10), least.toFixed(2).padStart(8), (least / count).toFixed(4).padStart(12)].join("  "),
  );
  return least;
});
console.log(`  time ~ C^${exponent(CONTEXTS, totals).toFixed(2)}`);
