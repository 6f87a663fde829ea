// Portfolios under the worst law of a Wasserstein ball of order 2 around N scenarios (002 §3), mean + 2·CVaR95 over the
// capped simplex: droc's specialised solver, droc's cone solver, and CVXPY with Clarabel on the norm that the problem
// collapses to and on the cones of 002 as they stand, in turn, one thread each.
//   bench/peers/install && npm run build && node bench/decide/ambiguity.mjs [--quick]
// Every objective is compared; droc's gap is certified by a dual bound.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cappedSimplex, createDecider } from "../../dist/runtime/decide/index.js";

const GAMMA = 2;
const LEVEL = 0.95;
const RADIUS = 0.05;
const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 1 : 5;

/** `cones`: largest N · assets at which 002's own form is solved by CVXPY, which takes minutes beyond. */
const CASES = [
  { assets: 10, scenarios: 1000, cap: 0.3 },
  { assets: 50, scenarios: 1000, cap: 0.1 },
  { assets: 400, scenarios: 1000, cap: 0.05 },
];
const MOST_CONES = 10_000;

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

function drawReturns({ assets, scenarios }, seed) {
  const normal = createNumbers(seed + 1);
  const centre = Array.from({ length: assets }, () => 0.01 * normal());
  const outcomes = new Float64Array(scenarios * assets);
  for (let k = 0; k < scenarios; k++) {
    const market = normal();
    const heavy = 1 / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3 + 0.05);
    for (let i = 0; i < assets; i++) outcomes[k * assets + i] = centre[i] + 0.02 * heavy * (market + normal());
  }
  return outcomes;
}

function startPeer() {
  const side = new URL("../peers/cvxpy_ambiguity_side.py", import.meta.url).pathname;
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

function problemOf({ assets, cap }) {
  return {
    sizes: { context: 0, outcome: assets, decision: assets },
    loss: (z, s) => z.reduce((sum, share, i) => sum - share * s[i], 0),
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
      quadratic: null,
      constant: 0,
    },
    ambiguity: { kind: "wasserstein", order: 2, norm: "l2", radius: RADIUS },
  };
}

const peer = startPeer();
await peer.ready;
const folder = mkdtempSync(join(tmpdir(), "droc-ambiguity-"));
console.log(`${cpus()[0].model}, Node ${process.version}; milliseconds a decision, medians of ${ROUNDS}`);
console.log(
  "assets  scenarios  structured      cone  CVXPY, norm  CVXPY, cones  norm/structured  relative gap  difference",
);
try {
  for (const shape of CASES) {
    const { assets, scenarios, cap } = shape;
    const structured = await createDecider(problemOf(shape), { solver: "structured" });
    const cone = await createDecider(problemOf(shape), { solver: "cone" });
    const times = { structured: [], cone: [], norm: [], cones: [] };
    let gap = 0;
    let difference = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      const outcomes = drawReturns(shape, round);
      const file = join(folder, "outcomes.f64");
      writeFileSync(file, Buffer.from(outcomes.buffer));
      const forms = assets * scenarios <= MOST_CONES ? ["norm", "cones"] : ["norm"];
      const found = [];
      for (const [name, decider] of [
        ["structured", structured],
        ["cone", cone],
      ]) {
        const answer = decider.decide({ count: scenarios, outcomes }, new Float64Array(0));
        if (answer.status !== "optimal") throw new Error(`${name} was ${answer.status}`);
        gap = Math.max(gap, answer.gap / Math.abs(answer.objective));
        found.push(answer.objective);
        // The first round warms up.
        if (round > 0) times[name].push(answer.milliseconds);
      }
      for (const form of forms) {
        const request = { assets, scenarios, cap, gamma: GAMMA, level: LEVEL, radius: RADIUS, file, form };
        const { objective, status, seconds } = await peer.ask(request);
        if (status !== "optimal") throw new Error(`CVXPY was ${status}`);
        found.push(objective);
        if (round > 0) times[form].push(1000 * seconds);
      }
      for (const objective of found) {
        difference = Math.max(difference, Math.abs(objective - found[0]) / Math.abs(found[0]));
      }
    }
    const [own, cones, norm, textbook] = [times.structured, times.cone, times.norm, times.cones].map((values) =>
      values.length === 0 ? NaN : median(values),
    );
    console.log(
      [
        String(assets).padStart(6),
        String(scenarios).padStart(10),
        own.toFixed(1).padStart(11),
        cones.toFixed(0).padStart(9),
        norm.toFixed(0).padStart(12),
        (Number.isNaN(textbook) ? "–" : textbook.toFixed(0)).padStart(13),
        `${(norm / own).toFixed(1)} ×`.padStart(16),
        gap.toExponential(1).padStart(13),
        difference.toExponential(1).padStart(11),
      ].join(" "),
    );
  }
} finally {
  peer.stop();
  rmSync(folder, { recursive: true, force: true });
}
