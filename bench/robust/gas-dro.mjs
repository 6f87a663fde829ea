// What GAS-DRO's own settings do on a regression whose shift is known: the budget's curve, the generator's width, and the
// parts that 001 leaves open (damping of the multiplier, law that samples, share of data rows).
//   npm run build && node bench/robust/gas-dro.mjs [--seeds 5] [--quick] [--parts budget,alternations,width,settings]
// The target has a cause and a consequence; the consequence predicts well on the training rows and misleads where it is
// noisier. Losses are means over four levels of that noise, the first of which is that of the training rows.
const dist = (path) => import(new URL(`../../dist/runtime/${path}`, import.meta.url).href);
const [
  { pretrainGenerator, trainGasDro, trainMl },
  { rowDiffusion },
  { createNet },
  { fitScaling },
  { randomStream },
  ops,
  rows,
] = await Promise.all(
  [
    "robust/index.js",
    "robust/train-method.js",
    "predict/nets/index.js",
    "predict/train.js",
    "tensor/random.js",
    "tensor/ops.js",
    "robust/row-losses.js",
  ].map(dist),
);

const at = process.argv.indexOf("--seeds");
const quick = process.argv.includes("--quick");
const partsAt = process.argv.indexOf("--parts");
const parts = partsAt < 0 ? ["budget", "alternations", "width", "settings"] : process.argv[partsAt + 1].split(",");
const seeds = Array.from({ length: at < 0 ? (quick ? 2 : 5) : Number(process.argv[at + 1]) }, (_, k) => k + 1);
const LEVELS = [0.3, 0.6, 1, 1.5];

function consequence(count, levels, seed) {
  const n = count * levels.length;
  const [a, b, c] = ["a", "b", "c"].map((name) => {
    const out = new Float64Array(n);
    randomStream(seed, `consequence/${name}`).normal(out);
    return out;
  });
  const groups = Int32Array.from({ length: n }, (_, i) => Math.floor(i / count));
  const targets = a.map((value, i) => value + 0.5 * b[i]);
  const inputs = Float64Array.from({ length: 2 * n }, (_, k) => {
    const i = k >> 1;
    return k % 2 === 0 ? a[i] : targets[i] + levels[groups[i]] * c[i];
  });
  return { rows: n, inputs, targets, groups, groupNames: levels.map(String) };
}

const shape = { inputs: [{ name: "x", shape: [2] }], outputs: 1 };
const loss = ({ predictions, targets }) =>
  ops.mean(ops.square(ops.sub(predictions, targets)), { axes: [1], keep: true });
const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const spread = (values) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));
const text = (values, digits = 3) => `${mean(values).toFixed(digits)} ± ${spread(values).toFixed(digits)}`;

function problemOf(seed) {
  const train = consequence(400, LEVELS.slice(0, 1), seed);
  const net = createNet(
    { kind: "mlp", hidden: [32], activation: "tanh" },
    shape,
    fitScaling(train, shape),
    randomStream(seed, "net"),
  );
  const training = { steps: 1200, batch: 64, optimizer: { kind: "adam", rate: 3e-3 } };
  return { net, loss, train, validation: consequence(200, LEVELS, seed + 1000), training };
}

const testLoss = async (problem, parameters, seed) => {
  const data = consequence(1000, LEVELS, seed + 2000);
  const program = await rows.createRowLosses(problem.net, loss);
  const losses = await program.losses(parameters, data);
  await program.dispose();
  return rows.meanOfGroups(losses, data);
};

const generatorOf = (problem, seed, hidden) =>
  pretrainGenerator(
    {
      spec: rowDiffusion({ kind: "mlp", hidden }),
      training: { steps: 3000, batch: 128, optimizer: { kind: "adam", rate: 2e-3, weightDecay: 0 } },
      roles: "joint",
    },
    problem.train,
    randomStream(seed, "generator"),
  );

const few = quick ? { inner: 6, outer: 6 } : {};
const problems = seeds.map(problemOf);
const generators = new Map();
const generatorAt = async (k, hidden) => {
  const key = `${k}/${hidden}`;
  if (!generators.has(key)) generators.set(key, await generatorOf(problems[k], seeds[k], hidden));
  return generators.get(key);
};

/** A row of a table: test losses, J/ε, the multiplier's swing and its drift over the seeds. */
async function row(title, options, hidden = [64, 64]) {
  const found = { loss: [], budget: [], swing: [], drift: [], seconds: [] };
  for (const [k, seed] of seeds.entries()) {
    const generator = await generatorAt(k, hidden);
    const start = performance.now();
    const { parameters, diagnostics } = await trainGasDro(
      problems[k],
      { generator, ...few, ...options },
      randomStream(seed, "gas"),
    );
    found.seconds.push((performance.now() - start) / 1000);
    found.loss.push(await testLoss(problems[k], parameters, seed));
    found.budget.push(diagnostics.reconstruction / diagnostics.budget);
    found.swing.push(diagnostics.multiplierSwing);
    found.drift.push(diagnostics.multiplierDrift);
  }
  console.log(
    `| ${title} | ${text(found.loss)} | ${text(found.budget)} | ${mean(found.swing).toFixed(2)} | ${text(found.drift, 2)} | ${mean(found.seconds).toFixed(1)} |`,
  );
}
const head = (title) => {
  console.log(`\n## ${title}\n`);
  console.log("| setting | loss over the shifts | J / ε | swing of μ | its drift | seconds |");
  console.log("| --- | --- | --- | --- | --- | --- |");
};
const once = (value) => ({ budget: { kind: "multiples", values: [value] } });

const plain = [];
for (const [k, seed] of seeds.entries())
  plain.push(await testLoss(problems[k], (await trainMl(problems[k], {}, randomStream(seed, "ml"))).parameters, seed));
console.log(`${seeds.length} seeds; the predictor trained on the data alone: ${text(plain)}`);

if (parts.includes("budget")) {
  head("The budget, in multiples of the pre-training loss");
  for (const value of [1.01, 1.05, 1.1, 1.2, 1.4, 1.8, 3]) await row(value, once(value));
}
if (parts.includes("alternations")) {
  head("Three times as many alternations as 001's 15, of as many steps of the predictor");
  for (const value of [1.05, 1.2, 1.4, 1.8]) await row(`${value}, 45`, { ...once(value), outer: 45 });
}
if (parts.includes("width")) {
  head("The generator's width, the budget chosen by validation");
  for (const width of [8, 16, 32, 64, 128])
    await row(`${width}, ${width}`, { budget: { kind: "multiples", values: [1.05, 1.2, 1.5] } }, [width, width]);
}
if (parts.includes("settings")) {
  const ppo = { kind: "ppo", clip: 0.2, lastSteps: 5, reference: "current" };
  head("At 1.2 times the pre-training loss");
  await row("as by default", once(1.2));
  await row("no damping of the multiplier", { ...once(1.2), damping: 0 });
  await row("rows of the adversary alone", { ...once(1.2), mix: 0 });
  await row("policy gradient", { ...once(1.2), estimator: { kind: "policy_gradient", lastSteps: 5 } });
  await row("the last 20 steps", { ...once(1.2), estimator: { ...ppo, lastSteps: 20 } });
  await row("p_ref pre-trained throughout", { ...once(1.2), estimator: { ...ppo, reference: "pretrained" } });
  for (const rate of [3e-4, 1e-4])
    await row(`a generator's rate of ${rate}`, { ...once(1.2), optimizer: { kind: "adam", rate, clip: 1 } });
}
