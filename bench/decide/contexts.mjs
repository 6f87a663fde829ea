// Decisions for many contexts: mean + 2·CVaR95 + 1e-3‖z‖² over the capped simplex (003 §6), by droc's structured solver
// and by CVXPY with Clarabel on one parametrised problem, in turn, on the same scenarios, one thread each; and by droc in
// two processes, each at half of the contexts. "At first" is the pass over all contexts before the rounds, while V8 compiles.
//   bench/peers/install && npm run build && node bench/decide/contexts.mjs [--quick] [ASSETSxSCENARIOS]
// Every objective is compared; droc's gap is certified by a dual bound on each context.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createDecider } from "../../dist/runtime/decide/index.js";
import { openProcesses } from "../../dist/runtime/pool/pool.js";
import { median } from "../support/numbers.mjs";
import { ETA, GAMMA, LEVEL, portfolio } from "../support/portfolio.mjs";
import { startPythonSide } from "../support/python-side.mjs";
import { drawContexts } from "../support/returns.mjs";
import { decideRange } from "./decide-range.mjs";

const ROUNDS = 5;
const quick = process.argv.includes("--quick");

/** `contexts` are droc's in all, `peer` those that the peer solves too, over all rounds. */
const CASES = [
  { assets: 10, scenarios: 512, cap: 0.3, contexts: 1000, peer: quick ? 20 : 200 },
  { assets: 50, scenarios: 512, cap: 0.1, contexts: 200, peer: quick ? 5 : 50 },
  { assets: 400, scenarios: 512, cap: 0.05, contexts: 20, peer: 5 },
  { assets: 10, scenarios: 10_000, cap: 0.3, contexts: 100, peer: quick ? 5 : 10 },
  { assets: 50, scenarios: 10_000, cap: 0.1, contexts: 20, peer: 5 },
];

const only = process.argv.find((argument) => /^\d+x\d+$/.test(argument));
const cases = CASES.filter(({ assets, scenarios }) => only === undefined || only === `${assets}x${scenarios}`);

const pool = openProcesses({ jobs: 2, entry: new URL("contexts-worker.mjs", import.meta.url) });
const peer = startPythonSide("cvxpy_side.py");
await peer.ready;
const folder = mkdtempSync(join(tmpdir(), "droc-contexts-"));
console.log(`${cpus()[0].model}, Node ${process.version}`);
console.log(
  "assets  scenarios   at first   ours, ms a context   CVXPY+Clarabel   ratio   two processes   ratio   widest relative gap   largest difference",
);
try {
  for (const shape of cases) {
    const { assets, scenarios, contexts, cap } = shape;
    const sets = drawContexts(assets, scenarios, contexts);
    const file = join(folder, "outcomes.f64");
    const shared = sets.slice(0, shape.peer);
    writeFileSync(file, Buffer.concat(shared.map((set) => Buffer.from(set.buffer))));
    const decider = await createDecider(portfolio(assets, cap));
    const decide = (first, count) => decideRange(decider, sets, scenarios, first, count);
    const half = (first, count) => pool.run({ assets, scenarios, cap, contexts, first, count });
    /** Milliseconds a context with a process for each core, each at half of the contexts. */
    const inTwo = async (first, count) => {
      const start = performance.now();
      const halves = await Promise.all([half(first, count >> 1), half(first + (count >> 1), count - (count >> 1))]);
      if (!halves.every(({ optimal }) => optimal)) throw new Error("a context was not optimal");
      return (performance.now() - start) / count;
    };
    const ask = (first, count, dpp) =>
      peer.ask({ assets, scenarios, cap, gamma: GAMMA, level: LEVEL, eta: ETA, file, first, contexts: count, dpp });
    // Once over all contexts: V8 compiles while it runs, and needs some hundreds of them; CVXPY's first solve is not timed either.
    const first = (1000 * decide(0, contexts).seconds) / contexts;
    for (let warm = 0; warm < 2; warm++) await inTwo(0, contexts);
    // Whichever way of stating the parameter CVXPY is faster with here.
    const perRound = Math.floor(shape.peer / ROUNDS);
    // Stating it as a parameter takes CVXPY a dense matrix of (variables × parameters): tens of gigabytes for the larger.
    const without = await ask(0, Math.min(2, perRound), false);
    const dpp =
      assets * scenarios <= 30_000 && (await ask(0, Math.min(2, perRound), true)).each.at(-1) < without.each.at(-1);
    const ours = [];
    const both = [];
    const theirs = [];
    let widest = 0;
    let difference = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const share = Math.floor(contexts / ROUNDS);
      const mine = decide(round * share, share);
      ours.push((1000 * mine.seconds) / share);
      for (const answer of mine.answers) {
        if (answer.status !== "optimal") throw new Error(`a context was ${answer.status}`);
        widest = Math.max(widest, answer.gap / Math.abs(answer.objective));
      }
      both.push(await inTwo(round * share, share));
      const answer = await ask(round * perRound, perRound, dpp);
      theirs.push(...answer.each.map((seconds) => 1000 * seconds));
      const again = decide(round * perRound, perRound).answers;
      answer.objectives.forEach((objective, i) => {
        difference = Math.max(difference, Math.abs(objective - again[i].objective) / Math.abs(objective));
      });
    }
    const own = median(ours);
    const two = median(both);
    const other = median(theirs);
    console.log(
      [
        String(assets).padStart(6),
        String(scenarios).padStart(10),
        first.toFixed(3).padStart(10),
        own.toFixed(3).padStart(20),
        `${other.toFixed(1)}${dpp ? "" : " (no DPP)"}`.padStart(16),
        `${(other / own).toFixed(0)} ×`.padStart(7),
        two.toFixed(3).padStart(14),
        `${(other / two).toFixed(0)} ×`.padStart(7),
        widest.toExponential(1).padStart(21),
        difference.toExponential(1).padStart(20),
      ].join(" "),
    );
  }
} finally {
  peer.stop();
  await pool.close();
  rmSync(folder, { recursive: true, force: true });
}
