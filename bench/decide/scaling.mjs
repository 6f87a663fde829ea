// What the structured solver's cost grows with: scenarios K (128 … 16,384) at n = 10, 50 and 400 components, and contexts
// C (1 … 10,000) at n = 10, K = 128. mean + 2·CVaR95 + 1e-3‖z‖² over the capped simplex; each context's scenarios are
// drawn anew around means that drift, and decisions start from the last one's. Certificates are included.
//   npm run build && node bench/decide/scaling.mjs [--quick]
// The exponent is the slope of log time against log K (or log C) by least squares; each time is the least of 5 rounds.
import { cpus } from "node:os";
import { cappedSimplex, createDecider, decideMany } from "../../dist/runtime/decide/index.js";

const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 2 : 5;
const SCENARIOS = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384];
const CONTEXTS = quick ? [1, 10, 100] : [1, 10, 100, 1000, 10_000];
const CAPS = { 10: 0.3, 50: 0.1, 400: 0.05 };
const noContext = new Float64Array(0);

/** mulberry32 and Box–Muller. */
function createNumbers(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Heavy-tailed returns; a pool of sets that contexts take in turn. */
function drawSets(assets, count, sets) {
  const drift = createNumbers(7);
  const centre = Array.from({ length: assets }, () => 0.01 * drift());
  return Array.from({ length: sets }, (_, seed) => {
    const normal = createNumbers(seed + 1);
    for (let i = 0; i < assets; i++) centre[i] = 0.9 * centre[i] + 0.004 * drift();
    const outcomes = new Float64Array(count * assets);
    for (let k = 0; k < count; k++) {
      const market = normal();
      const heavy = 1 / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3 + 0.05);
      for (let i = 0; i < assets; i++) outcomes[k * assets + i] = centre[i] + 0.02 * heavy * (market + normal());
    }
    return { scenarios: { count, outcomes }, context: noContext };
  });
}

function deciderFor(assets) {
  return createDecider({
    sizes: { context: 0, outcome: assets, decision: assets },
    pieces: {
      count: 1,
      fill: (s, _x, slopes, offsets) => {
        for (let i = 0; i < assets; i++) slopes[i] = -s[i];
        offsets[0] = 0;
      },
    },
    feasible: cappedSimplex(assets, CAPS[assets], "bench"),
    risk: {
      mean: 1,
      cvar: [{ weight: 2, level: 0.95 }],
      linear: Array.from({ length: assets }, () => 0),
      quadratic: Array.from({ length: assets ** 2 }, (_, i) => (i % (assets + 1) === 0 ? 1e-3 : 0)),
      constant: 0,
    },
  });
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
  const decider = await deciderFor(assets);
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
const decider = await deciderFor(10);
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
