// Time of one mean-CVaR portfolio decision, certificate included: 10 assets, mean + 2·CVaR95 + 1e-3‖z‖² over the simplex
// capped at 0.3 (003 §6), 512 and 4096 scenarios. Means drift from context to context and scenarios are drawn anew.
//   npm run build && node bench/decide/portfolio.mjs
// The least time is what the work costs when nothing else runs.
import { cpus } from "node:os";
import { cappedSimplex, createDecider } from "../../dist/runtime/decide/index.js";

const ASSETS = 10;
const CONTEXTS = 200;

const problem = {
  sizes: { context: 0, outcome: ASSETS, decision: ASSETS },
  pieces: {
    count: 1,
    fill: (s, _x, slopes, offsets) => {
      for (let i = 0; i < ASSETS; i++) slopes[i] = -s[i];
      offsets[0] = 0;
    },
  },
  feasible: cappedSimplex(ASSETS, 0.3, "bench"),
  risk: {
    mean: 1,
    cvar: [{ weight: 2, level: 0.95 }],
    linear: Array.from({ length: ASSETS }, () => 0),
    quadratic: Array.from({ length: ASSETS ** 2 }, (_, i) => (i % (ASSETS + 1) === 0 ? 1e-3 : 0)),
    constant: 0,
  },
};

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

/** One set of heavy-tailed returns a context. */
function drawContexts(scenarios, contexts) {
  const drift = createNumbers(7);
  const centre = Array.from({ length: ASSETS }, () => 0.01 * drift());
  return Array.from({ length: contexts }, (_, seed) => {
    const normal = createNumbers(seed + 1);
    for (let i = 0; i < ASSETS; i++) centre[i] = 0.9 * centre[i] + 0.004 * drift();
    const outcomes = new Float64Array(scenarios * ASSETS);
    for (let k = 0; k < scenarios; k++) {
      const market = normal();
      const heavy = 1 / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3 + 0.05);
      for (let i = 0; i < ASSETS; i++) outcomes[k * ASSETS + i] = centre[i] + 0.02 * heavy * (market + normal());
    }
    return { count: scenarios, outcomes };
  });
}

async function measure(scenarios, contexts, solver, warm) {
  const decider = await createDecider(problem, { solver });
  const sets = drawContexts(scenarios, contexts);
  const context = new Float64Array(0);
  const times = [];
  let widest = 0;
  let inaccurate = 0;
  let previous;
  for (const set of [...sets, ...sets]) {
    const answer = decider.decide(set, context, warm ? previous : undefined);
    times.push(answer.milliseconds);
    widest = Math.max(widest, answer.gap / Math.abs(answer.objective));
    if (answer.status !== "optimal") inaccurate++;
    previous = answer;
  }
  const sorted = times.slice(contexts).sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(2).padStart(7);
  const name = `${solver}${warm ? ", warm" : ""}`;
  const counts = `widest gap ${widest.toExponential(1)}${inaccurate > 0 ? `, ${inaccurate} inaccurate` : ""}`;
  console.log(
    `${String(scenarios).padStart(5)}  ${name.padEnd(17)} least ${at(0)}  median ${at(0.5)}  p95 ${at(0.95)} ms  ${counts}`,
  );
}

console.log(`${cpus()[0].model}, Node ${process.version}`);
for (const scenarios of [512, 4096]) {
  await measure(scenarios, CONTEXTS, "structured", false);
  await measure(scenarios, CONTEXTS, "structured", true);
  await measure(scenarios, 3, "highs", false);
}
