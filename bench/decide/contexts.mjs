// Decisions for many contexts: mean + 2·CVaR95 + 1e-3‖z‖² over the capped simplex (003 §6), by droc's structured solver
// and by CVXPY with Clarabel on one parametrised problem, in turn, on the same scenarios, one thread each.
//   bench/peers/install && npm run build && node bench/decide/contexts.mjs [--quick]
// Every objective is compared; droc's gap is certified by a dual bound on each context.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cappedSimplex, createDecider } from "../../dist/runtime/decide/index.js";

const GAMMA = 2;
const LEVEL = 0.95;
const ETA = 1e-3;
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

const python = new URL("../peers/.venv/bin/python", import.meta.url).pathname;
if (!existsSync(python)) {
  console.error("CVXPY is not installed: run bench/peers/install first.");
  process.exit(1);
}

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

/** Heavy-tailed returns, a new law each context: its means drift, and every scenario is drawn anew. */
function drawContexts({ assets, scenarios, contexts }) {
  const drift = createNumbers(7);
  const centre = Array.from({ length: assets }, () => 0.01 * drift());
  return Array.from({ length: contexts }, (_, seed) => {
    const normal = createNumbers(seed + 1);
    for (let i = 0; i < assets; i++) centre[i] = 0.9 * centre[i] + 0.004 * drift();
    const outcomes = new Float64Array(scenarios * assets);
    for (let k = 0; k < scenarios; k++) {
      const market = normal();
      const heavy = 1 / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3 + 0.05);
      for (let i = 0; i < assets; i++) outcomes[k * assets + i] = centre[i] + 0.02 * heavy * (market + normal());
    }
    return outcomes;
  });
}

function startPeer() {
  const side = new URL("../peers/cvxpy_side.py", import.meta.url).pathname;
  const child = spawn(python, [side], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => JSON.parse((await lines.next()).value);
  return {
    ready: read(),
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return read();
    },
    stop: () => child.stdin.end(),
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

async function createOurs({ assets, scenarios, cap }, sets) {
  const decider = await createDecider({
    sizes: { context: 0, outcome: assets, decision: assets },
    pieces: {
      count: 1,
      fill: (s, _x, slopes, offsets) => {
        for (let i = 0; i < assets; i++) slopes[i] = -s[i];
        offsets[0] = 0;
      },
    },
    feasible: cappedSimplex(assets, cap, "bench"),
    risk: {
      mean: 1,
      cvar: [{ weight: GAMMA, level: LEVEL }],
      linear: Array.from({ length: assets }, () => 0),
      quadratic: Array.from({ length: assets ** 2 }, (_, i) => (i % (assets + 1) === 0 ? ETA : 0)),
      constant: 0,
    },
  });
  const context = new Float64Array(0);
  return (first, count) => {
    let previous;
    const start = performance.now();
    const answers = [];
    for (let at = first; at < first + count; at++) {
      previous = decider.decide({ count: scenarios, outcomes: sets[at] }, context, previous);
      answers.push(previous);
    }
    return { answers, seconds: (performance.now() - start) / 1000 };
  };
}

const peer = startPeer();
await peer.ready;
const folder = mkdtempSync(join(tmpdir(), "droc-contexts-"));
console.log(`${cpus()[0].model}, Node ${process.version}`);
console.log(
  "assets  scenarios   ours, ms a context   CVXPY+Clarabel   ratio   widest relative gap   largest difference",
);
try {
  for (const shape of CASES) {
    const { assets, scenarios, contexts, cap } = shape;
    const sets = drawContexts(shape);
    const file = join(folder, "outcomes.f64");
    const shared = sets.slice(0, shape.peer);
    writeFileSync(file, Buffer.concat(shared.map((set) => Buffer.from(set.buffer))));
    const decide = await createOurs(shape, sets);
    const ask = (first, count, dpp) =>
      peer.ask({ assets, scenarios, cap, gamma: GAMMA, level: LEVEL, eta: ETA, file, first, contexts: count, dpp });
    decide(0, Math.min(contexts, 100));
    // Whichever way of stating the parameter CVXPY is faster with here.
    const perRound = Math.floor(shape.peer / ROUNDS);
    // Stating it as a parameter takes CVXPY a dense matrix of (variables × parameters): tens of gigabytes for the larger.
    const without = await ask(0, Math.min(2, perRound), false);
    const dpp =
      assets * scenarios <= 30_000 && (await ask(0, Math.min(2, perRound), true)).each.at(-1) < without.each.at(-1);
    const ours = [];
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
      const answer = await ask(round * perRound, perRound, dpp);
      theirs.push(...answer.each.map((seconds) => 1000 * seconds));
      const again = decide(round * perRound, perRound).answers;
      answer.objectives.forEach((objective, i) => {
        difference = Math.max(difference, Math.abs(objective - again[i].objective) / Math.abs(objective));
      });
    }
    const own = median(ours);
    const other = median(theirs);
    console.log(
      [
        String(assets).padStart(6),
        String(scenarios).padStart(10),
        own.toFixed(3).padStart(20),
        `${other.toFixed(1)}${dpp ? "" : " (no DPP)"}`.padStart(16),
        `${(other / own).toFixed(0)} ×`.padStart(7),
        widest.toExponential(1).padStart(21),
        difference.toExponential(1).padStart(20),
      ].join(" "),
    );
  }
} finally {
  peer.stop();
  rmSync(folder, { recursive: true, force: true });
}
