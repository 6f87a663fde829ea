// Portfolios under the worst law of a Wasserstein ball of order 2 around N scenarios (002 §3), mean + 2·CVaR95 over the
// capped simplex: droc's specialised solver, droc's cone solver, and CVXPY with Clarabel on the norm that the problem
// collapses to and on the cones of 002 as they stand, in turn, one thread each.
//   bench/peers/install && npm run build && node bench/decide/ambiguity.mjs [--quick]
// Every objective is compared; droc's gap is certified by a dual bound.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { cappedSimplex, createDecider } from "../../dist/runtime/decide/index.js";
import { createNormals, median } from "../support/numbers.mjs";
import { startPythonSide } from "../support/python-side.mjs";
import { drawReturns } from "../support/returns.mjs";

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

function returnsOf({ assets, scenarios }, seed) {
  const normal = createNormals(seed + 1);
  const centre = Array.from({ length: assets }, () => 0.01 * normal());
  return drawReturns(normal, centre, scenarios);
}

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

const peer = startPythonSide("cvxpy_ambiguity_side.py");
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
      const outcomes = returnsOf(shape, round);
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
