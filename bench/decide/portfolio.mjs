// Time of one mean-CVaR portfolio decision, certificate included: 10 assets, mean + 2·CVaR95 + 1e-3‖z‖² over the simplex
// capped at 0.3 (003 §6), 512 and 4096 scenarios. Means drift from context to context and scenarios are drawn anew.
//   npm run build && node bench/decide/portfolio.mjs
// The least time is what the work costs when nothing else runs.
import { cpus } from "node:os";
import { createDecider } from "../../dist/runtime/decide/index.js";
import { portfolio } from "../support/portfolio.mjs";
import { drawContexts } from "../support/returns.mjs";

const ASSETS = 10;
const CONTEXTS = 200;

const problem = portfolio(ASSETS, 0.3);

/** One set of heavy-tailed returns a context. */
function setsOf(scenarios, contexts) {
  return drawContexts(ASSETS, scenarios, contexts).map((outcomes) => ({ count: scenarios, outcomes }));
}

async function measure(scenarios, contexts, solver, warm) {
  const decider = await createDecider(problem, { solver });
  const sets = setsOf(scenarios, contexts);
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
