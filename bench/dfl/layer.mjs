// Decision layers of decision-focused training at the degenerate vertices of paths, beside cvxpylayers: a batch of
// decisions and their derivatives, one core each, in turn.
//   npm run build && bench/peers/install && node bench/dfl/layer.mjs [--quick]
import { cpus } from "node:os";
import { box, subjectTo } from "../../dist/runtime/decide/index.js";
import { createEllipsoidLayer, createOracle } from "../../dist/runtime/dfl/index.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";
import { median } from "../support/numbers.mjs";
import { startPythonSide } from "../support/python-side.mjs";

const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 2 : 7;
const CASES = [
  { kind: "path", side: 5, batch: 32 },
  { kind: "path", side: 10, batch: quick ? 8 : 32 },
  { kind: "robust", side: 5, batch: 32 },
  { kind: "robust", side: 8, batch: quick ? 4 : 16 },
];
const RIDGE = 0.1;
const X = new Float64Array(1);

function normals(name, size) {
  const out = new Float64Array(size);
  randomStream(1, name).normal(out);
  return out;
}

/** Edges to the right and down. */
function graph(side) {
  const edges = [];
  for (let node = 0; node < side * side; node++) {
    if ((node + 1) % side > 0) edges.push([node, node + 1]);
    if (node + side < side * side) edges.push([node, node + side]);
  }
  const balance = Array.from({ length: side * side }, (_, node) =>
    edges.map(([from, to]) => Number(from === node) - Number(to === node)),
  );
  return { edges, balance, ends: balance.map((_, node) => Number(node === 0) - Number(node === side * side - 1)) };
}

/** `min s·z` over the flows, plus the toll. */
function problemOf({ edges, balance, ends }, toll) {
  const n = edges.length;
  const all = (value) => Array.from({ length: n }, () => value);
  const equalities = balance.map((coefficients, node) => ({ coefficients, bound: ends[node], at: "" }));
  return {
    sizes: { context: 1, outcome: n, decision: n },
    loss: (z, s) => z.reduce((sum, share, i) => sum + share * s[i], 0),
    lossGradientZ: (_z, s, _x, out) => out.set(s),
    lossGradientS: (z, _s, _x, out) => out.set(z),
    extendedGradientS: () => undefined,
    pieces: {
      count: 1,
      fill: (s, _x, slopes, offsets) => {
        slopes.set(s);
        offsets[0] = 0;
      },
    },
    feasible: subjectTo(box(all(0), all(1), ""), { equalities }),
    risk: {
      mean: 1,
      cvar: [],
      linear: all(0),
      quadratic: toll === 0 ? null : Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? toll : 0)),
      constant: 0,
    },
  };
}

/** Decides a batch and pulls `pull` back to the costs. */
async function layerOf(kind, network) {
  const n = network.edges.length;
  if (kind === "path") {
    const oracle = await createOracle(problemOf(network, RIDGE));
    return (costs, _factors, pull) => {
      const start = performance.now();
      const answers = costs.map((cost, row) => oracle.solve(cost, X, row));
      const solved = performance.now();
      const slopes = answers.map((answer, row) => {
        const out = new Float64Array(n);
        oracle.pull(answer, costs[row], X, pull[row], out);
        return out;
      });
      return { answers, slopes, forward: solved - start, backward: performance.now() - solved };
    };
  }
  const layer = await createEllipsoidLayer(problemOf(network, 0));
  return (costs, factors, pull) => {
    const start = performance.now();
    const answers = costs.map((centre, row) => layer.solve({ centre, factor: factors[row] }, X, row));
    const solved = performance.now();
    const slopes = answers.map((answer, row) => {
      const out = { centre: new Float64Array(n), factor: new Float64Array(n * n) };
      answer.pull(pull[row], out);
      return out.centre;
    });
    return { answers, slopes, forward: solved - start, backward: performance.now() - solved };
  };
}

const python = startPythonSide("cvxpylayers_side.py");
await python.ready;
console.log(`${cpus()[0].model}, Node ${process.versions.node}`);
for (const { kind, side, batch } of CASES) {
  const network = graph(side);
  const n = network.edges.length;
  const layer = await layerOf(kind, network);
  const rows = Array.from({ length: batch }, (_, row) => row);
  const first = rows.map((row) => normals(`cost/${row}`, n).map((value) => 5 + 2 * value));
  const factors = rows.map((row) =>
    normals(`factor/${row}`, n * n).map((value, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      return j > i ? 0 : i === j ? 1 + 0.3 * Math.abs(value) : 0.2 * value;
    }),
  );
  const pull = rows.map((row) => normals(`pull/${row}`, n));
  const ours = [];
  const theirs = [];
  let [apart, steeper, version] = [0, 0, ""];
  for (let round = -1; round < ROUNDS; round++) {
    // As between the steps of a training: costs have moved a little since the row was last decided.
    const costs = first.map((cost, row) => {
      const moved = normals(`move/${round}/${row}`, n);
      return cost.map((value, i) => value + 0.1 * moved[i]);
    });
    const own = layer(costs, factors, pull);
    const other = await python.ask({
      kind,
      ridge: RIDGE,
      balance: network.balance,
      ends: network.ends,
      costs: costs.map((cost) => [...cost]),
      pull: pull.map((values) => [...values]),
      ...(kind === "robust"
        ? { factors: factors.map((f) => Array.from({ length: n }, (_, i) => [...f.subarray(i * n, (i + 1) * n)])) }
        : {}),
    });
    ({ version } = other);
    own.answers.forEach(({ z }, row) => {
      z.forEach((value, i) => (apart = Math.max(apart, Math.abs(value - other.decisions[row][i]))));
    });
    own.slopes.forEach((slope, row) => {
      slope.forEach((value, i) => (steeper = Math.max(steeper, Math.abs(value - other.slopes[row][i]))));
    });
    if (round < 0) continue;
    ours.push((own.forward + own.backward) / batch);
    theirs.push((1000 * (other.forward + other.backward)) / batch);
  }
  const ratio = median(theirs.map((value, round) => value / ours[round]));
  console.log(
    `${kind} ${side} × ${side}, ${n} edges, batch ${batch}: droc ${median(ours).toFixed(2)} ms a row, ${version} ` +
      `${median(theirs).toFixed(2)} ms, ${ratio.toFixed(1)} × sooner; decisions within ${apart.toExponential(1)}, ` +
      `derivatives within ${steeper.toExponential(1)}`,
  );
}
python.stop();
