// Fitting a Gaussian mixture to 20,000 rows of 15 columns: five candidates, full covariances, chosen by AIC.
//   npm run build && node bench/models/mixture.mjs [rounds]
import { fitMixture } from "../../dist/runtime/models/mixture/index.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";

const ROUNDS = Number(process.argv[2] ?? 5);
const [rows, p, d] = [20_000, 5, 10];
const contexts = new Float64Array(rows * p);
const outcomes = new Float64Array(rows * d);
const regimes = new Float64Array(rows);
randomStream(1, "contexts").normal(contexts);
randomStream(1, "outcomes").normal(outcomes);
randomStream(1, "regimes").uniform(regimes);
for (let i = 0; i < rows; i++) {
  const regime = Math.floor(3 * regimes[i]);
  for (let j = 0; j < d; j++)
    outcomes[i * d + j] =
      outcomes[i * d + j] * (0.5 + 0.4 * regime) + 0.8 * (regime - 1) * contexts[i * p + (j % p)] + regime;
}
const spec = { kind: "gmm", components: [1, 2, 3, 4, 5], criterion: "aic", covariance: "full", restarts: 5 };
const cpu = [];
for (let round = 0; round < ROUNDS; round++) {
  const before = process.cpuUsage();
  const fit = await fitMixture(
    { ...spec, floor: 1e-6, scenarios: 1 },
    { rows, contexts, outcomes },
    { context: p, outcome: d },
    randomStream(2, "fit"),
  );
  cpu.push(process.cpuUsage(before).user / 1e6);
  if (round === 0)
    for (const { components, iterations, logLikelihood } of fit.candidates)
      console.log(`${components} components: ${iterations} steps, mean log-likelihood ${logLikelihood.toFixed(6)}`);
}
const sorted = cpu.toSorted((a, b) => a - b);
console.log(`processor time: median ${sorted[sorted.length >> 1].toFixed(1)} s, least ${sorted[0].toFixed(1)} s`);
