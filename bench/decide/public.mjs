// The cone solver on public instances (Netlib, MIPLIB relaxed, Maros–Mészáros): how many reach 1e-6, and HiGHS beside it.
//   bench/decide/public/install && npm run build && node bench/decide/public.mjs
// "error": difference of the objectives, relative to 1 + the objective; "residual": the largest relative residual.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { prepareCone } from "../../dist/runtime/decide/cone/index.js";
import { getHighs, solveWithHighs } from "../../dist/runtime/decide/highs.js";
import { createModelWriter } from "../../dist/runtime/decide/linear-model.js";
import { sparseFromEntries } from "../../dist/runtime/decide/sparse/matrix.js";
import { median } from "../support/numbers.mjs";
import { readMps } from "./public/mps.mjs";

const folder = fileURLToPath(new URL("public/instances/", import.meta.url));
if (!existsSync(folder)) throw new Error("run bench/decide/public/install first");
const ROUNDS = 5;
const highs = await getHighs();

/** Equalities first, then every finite side of a row or bound as a half-line. */
function toCone(model) {
  const n = model.cost.length;
  const equal = [];
  const half = [];
  const rows = model.rows.map((row) => ({ ...row, entries: [] }));
  for (const { row, column, value } of model.entries) rows[row].entries.push({ column, value });
  const bounds = model.lower.map((lower, column) => ({
    lower,
    upper: model.upper[column],
    entries: [{ column, value: 1 }],
  }));
  for (const { lower, upper, entries } of [...rows, ...bounds]) {
    if (lower === upper) equal.push({ sign: 1, bound: upper, entries });
    else {
      if (upper < Infinity) half.push({ sign: 1, bound: upper, entries });
      if (lower > -Infinity) half.push({ sign: -1, bound: -lower, entries });
    }
  }
  const all = [...equal, ...half];
  const entries = all.flatMap(({ sign, entries: own }, row) =>
    own.map(({ column, value }) => ({ row, column, value: sign * value })),
  );
  return {
    p: model.hessian.length === 0 ? null : sparseFromEntries(n, n, model.hessian),
    q: Float64Array.from(model.cost),
    a: sparseFromEntries(all.length, n, entries),
    b: Float64Array.from(all, ({ bound }) => bound),
    cones: [
      { kind: "zero", size: equal.length },
      { kind: "nonnegative", size: half.length },
    ],
  };
}

function toLinear(model) {
  const n = model.cost.length;
  const writer = createModelWriter();
  model.cost.forEach((cost, j) => writer.addColumn(cost, model.lower[j], model.upper[j]));
  const rows = model.rows.map(() => []);
  for (const entry of model.entries) rows[entry.row].push(entry);
  rows.forEach((entries, r) => {
    writer.addRow(model.rows[r].lower, model.rows[r].upper);
    for (const { column, value } of entries) writer.addEntry(column, value);
  });
  if (model.hessian.length === 0) return writer.finish();
  const values = new Float64Array(n * n);
  for (const { row, column, value } of model.hessian) values[row * n + column] = values[column * n + row] = value;
  return writer.finish({ hessian: { size: n, values } });
}

function warmUp() {
  const entries = Array.from({ length: 40 }, (_, k) => ({ row: k, column: k % 10, value: k < 10 ? -1 : 1 + (k % 7) }));
  const cones = [{ kind: "nonnegative", size: 40 }];
  const b = Float64Array.from({ length: 40 }, (_, k) => (k < 10 ? 0 : 5));
  prepareCone({ p: null, q: new Float64Array(10).fill(-1), a: sparseFromEntries(40, 10, entries), b, cones }).solve();
}

function timed(run) {
  const times = [];
  let result;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    result = run();
    times.push(performance.now() - begun);
  }
  return { result, milliseconds: median(times) };
}

// So that the first instance is not timed on cold code.
for (let round = 0; round < 20; round++) warmUp();
console.log(`${cpus()[0].model}, Node ${process.version}; medians of ${ROUNDS}, preparation included`);
console.log("instance            columns  rows  status      iterations  error     residual  ms       HiGHS ms");
let solved = 0;
let tried = 0;
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith(".mps"))
  .sort()) {
  const name = file.replace(/\.mps$/, "");
  let model;
  try {
    model = readMps(readFileSync(`${folder}${file}`, "utf8"));
  } catch (failure) {
    console.log(`${name.padEnd(20)}left out: ${failure.message}`);
    continue;
  }
  const problem = toCone(model);
  const linear = toLinear(model);
  const theirs = timed(() => solveWithHighs(highs, linear));
  const ours = timed(() => prepareCone(problem).solve());
  const { status, objective, iterations, primalResidual, dualResidual } = ours.result;
  const error = Math.abs(objective - theirs.result.objective) / (1 + Math.abs(theirs.result.objective));
  const residual = Math.max(primalResidual, dualResidual);
  const agreed = status === theirs.result.status && (status !== "optimal" || (error <= 1e-6 && residual <= 1e-6));
  tried++;
  if (agreed) solved++;
  const cells = [
    name.padEnd(20),
    String(model.cost.length).padStart(7),
    String(model.rows.length).padStart(6),
    `  ${status === theirs.result.status ? status : `${status} (HiGHS ${theirs.result.status})`}`.padEnd(14),
    String(iterations).padStart(10),
    `  ${status === "optimal" ? error.toExponential(1) : "–"}`.padEnd(12),
    status === "optimal" ? residual.toExponential(1) : "–",
    ours.milliseconds.toFixed(1).padStart(9),
    theirs.milliseconds.toFixed(1).padStart(9),
    agreed ? "" : "  ✗",
  ];
  console.log(cells.join(""));
}
console.log(`${solved} of ${tried} to 1e-6`);
