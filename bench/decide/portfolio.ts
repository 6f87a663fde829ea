/**
 * Time of one mean-CVaR portfolio decision: 10 assets, mean + 2·CVaR95 + 1e-3‖z‖² over the simplex capped at 0.3 (003,
 * §6), for 512 and 4096 scenarios. Each context has scenarios of its own.
 *
 *     node --experimental-strip-types bench/decide/portfolio.ts        # Node ≥ 22
 *     npm run build && npx vitest bench …                             # or compile first
 */
import { cappedSimplex, createDecider } from "../../runtime/decide/index.ts";
import type { DecideOptions, ScenarioSet } from "../../runtime/decide/index.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";

const ASSETS = 10;

const problem: DecisionProblem = {
  sizes: { context: 0, outcome: ASSETS, decision: ASSETS },
  loss: (z, s) => -z.reduce((sum, weight, i) => sum + weight * s[i]!, 0),
  lossGradientZ: (_z, s, _x, out) => out.forEach((_, i) => void (out[i] = -s[i]!)),
  lossGradientS: (z, _s, _x, out) => out.forEach((_, i) => void (out[i] = -z[i]!)),
  extendedGradientS: (z, _t, _s, _x, out) => out.forEach((_, i) => void (out[i] = -z[i]!)),
  pieces: {
    count: 1,
    fill: (s, _x, slopes, offsets) => {
      for (let i = 0; i < ASSETS; i++) slopes[i] = -s[i]!;
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

/** Heavy-tailed returns around a mean that differs by asset and context; mulberry32 and Box–Muller. */
function drawScenarios(count: number, seed: number): ScenarioSet {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const centre = Array.from({ length: ASSETS }, () => 0.01 * normal());
  const outcomes = new Float64Array(count * ASSETS);
  for (let k = 0; k < count; k++) {
    const market = normal();
    const heavy = 1 / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3 + 0.05);
    for (let i = 0; i < ASSETS; i++) outcomes[k * ASSETS + i] = centre[i]! + 0.02 * heavy * (market + normal());
  }
  return { count, outcomes };
}

async function measure(count: number, contexts: number, options: DecideOptions, warm: boolean): Promise<string> {
  const decider = await createDecider(problem, options);
  const sets = Array.from({ length: contexts }, (_, i) => drawScenarios(count, i + 1));
  const context = new Float64Array(0);
  const times: number[] = [];
  let widest = 0;
  let previous;
  for (const set of [...sets, ...sets]) {
    const answer = decider.decide(set, context, warm ? previous : undefined);
    times.push(answer.milliseconds);
    widest = Math.max(widest, answer.gap / Math.abs(answer.objective));
    if (answer.status !== "optimal") throw new Error(`${answer.status} after ${times.length} solves`);
    previous = answer;
  }
  const warmTimes = times.slice(contexts).sort((a, b) => a - b);
  const at = (share: number): string => warmTimes[Math.floor(share * (warmTimes.length - 1))]!.toFixed(3);
  const name = `${options.solver ?? "auto"}${warm ? ", warm" : ""}`;
  return `${String(count).padStart(5)} scenarios  ${name.padEnd(18)} median ${at(0.5)} ms  p95 ${at(0.95)} ms  widest gap ${widest.toExponential(1)}`;
}

for (const count of [512, 4096]) {
  console.log(await measure(count, 200, {}, false));
  console.log(await measure(count, 200, {}, true));
  console.log(await measure(count, 3, { solver: "highs" }, false));
}
