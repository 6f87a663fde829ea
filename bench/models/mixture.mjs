// EM of Gaussian mixtures beside scikit-learn's: the same rows, starts and number of steps, one thread each, in turn; by
// the clock, and in processor time, which other work on the machine changes less.
//   npm run build && test/oracles/mixture/install && node bench/models/mixture.mjs [rounds] [full|diagonal|tied,…] [5000x40x3,…]
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { emSteps } from "../../dist/runtime/models/mixture/em.js";
import { columnScales, standardised } from "../../dist/runtime/models/mixture/standardise.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";

const ROUNDS = Number(process.argv[2] ?? 5);
const KINDS = (process.argv[3] ?? "full,diagonal,tied").split(",");
const STEPS = 30;
const FLOOR = 1e-6;
const CASES = [
  ...[1_000, 20_000].flatMap((rows) =>
    [2, 10, 20].flatMap((width) => [2, 10].map((components) => ({ rows, width, components }))),
  ),
  { rows: 5_000, width: 40, components: 3 },
];
const ASKED = process.argv[4]?.split(",");

/** Standardised rows whose regimes differ in mean and spread. */
function rowsOf(rows, width) {
  const values = new Float64Array(rows * width);
  const regimes = new Float64Array(rows);
  randomStream(1, `rows/${width}`).normal(values);
  randomStream(1, `regimes/${width}`).uniform(regimes);
  for (let i = 0; i < rows; i++) {
    const regime = Math.floor(3 * regimes[i]);
    for (let j = width - 1; j >= 0; j--) {
      const at = i * width + j;
      values[at] = values[at] * (0.5 + 0.4 * regime) + 0.8 * (regime - 1) * (j > 0 ? values[at - 1] : 0) + regime;
    }
  }
  return standardised(values, width, columnScales(values, rows, width, new Float64Array(rows).fill(1)));
}

function droc({ rows, width, values, means, kind }) {
  const data = { rows, width, values, weights: new Float64Array(rows).fill(1) };
  const count = means.length / width;
  const identity = Float64Array.from({ length: width * width }, (_, at) => (at % (width + 1) === 0 ? 1 : 0));
  let mixture = {
    width,
    logWeights: new Float64Array(count).fill(-Math.log(count)),
    means: Array.from({ length: count }, (_, k) => Float64Array.from(means.slice(k * width, (k + 1) * width))),
    factors: Array.from({ length: count }, () => identity),
    masses: new Float64Array(count),
  };
  const start = performance.now();
  const before = process.cpuUsage();
  const { expectation, maximisation } = emSteps(data, count, { kind, floor: FLOOR });
  expectation(mixture);
  let logLikelihood = 0;
  for (let step = 0; step < STEPS; step++) {
    mixture = maximisation();
    logLikelihood = expectation(mixture);
  }
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6, logLikelihood };
}

const python = fileURLToPath(new URL("../../test/oracles/mixture/.venv/bin/python", import.meta.url));
if (!existsSync(python)) throw new Error("Run test/oracles/mixture/install first.");
const threads = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
const side = spawn(python, [fileURLToPath(new URL("mixture_side.py", import.meta.url))], {
  env: { ...process.env, ...threads },
  stdio: ["pipe", "pipe", "inherit"],
});
const answers = createInterface({ input: side.stdout })[Symbol.asyncIterator]();
const folder = mkdtempSync(join(tmpdir(), "droc-mixture-"));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

console.log(`${STEPS} steps of EM, medians of ${ROUNDS}`);
for (const { rows, width, components } of CASES) {
  if (ASKED?.includes(`${rows}x${width}x${components}`) === false) continue;
  const values = rowsOf(rows, width);
  const file = join(folder, `${rows}-${width}.f64`);
  writeFileSync(file, Buffer.from(values.buffer));
  const means = Array.from({ length: components }, (_, k) => Math.floor((k * rows) / components)).flatMap((row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
  for (const kind of KINDS) {
    const ours = [];
    const theirs = [];
    let apart = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      const own = droc({ rows, width, values, means, kind });
      side.stdin.write(`${JSON.stringify({ rows: file, width, means, kind, steps: STEPS, floor: FLOOR })}\n`);
      const other = JSON.parse((await answers.next()).value);
      apart = Math.max(apart, Math.abs(own.logLikelihood - other.logLikelihood));
      // The first round warms up.
      if (round === 0) continue;
      ours.push(own);
      theirs.push(other);
    }
    const times = ["seconds", "processor"].map((clock) => {
      const [droc, peer] = [ours, theirs].map((side) => median(side.map((times) => times[clock])));
      return `${(droc / peer).toFixed(2)} (${(1000 * droc).toFixed(1)} ms, ${(1000 * peer).toFixed(1)} ms)`;
    });
    console.log(
      `${rows} × ${width}, ${components} components, ${kind}: droc / scikit-learn ${times[0]} by the clock, ${times[1]} ` +
        `of processor time, log-likelihoods ${apart.toExponential(1)} apart`,
    );
  }
}
side.stdin.end();
rmSync(folder, { recursive: true });
