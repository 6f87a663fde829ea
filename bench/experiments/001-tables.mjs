// Tables 1 to 6 of 001 on the carbon intensity of six US grids: trained on one, tested on others, clean and corrupted.
//   npm run build && node bench/experiments/001-tables.mjs --data FOLDER [--quick] [--seeds 5] [--layers 128,64]
//     [--methods gas_dro,gas_dro_vae,dragen,…] [--widths] [--out runs/001]
// FOLDER holds carbon_eia_2022_hourly.csv (utc, then one column `…_ci` a grid). Every method and seed is a process of its
// own, so that its time and peak memory are its own; what is finished under --out is not run again. A radius is chosen on
// validation rows alone: later months of the training grid, and two grids that are no test sets. Each grid is on the scale
// of its own year, from its least value 0 to its largest 1: the shift is in its course, not in its fuel mix.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const flag = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise);
};
const has = (name) => process.argv.includes(`--${name}`);
const quick = has("quick");
const settings = {
  data: flag("data", "."),
  layers: flag("layers", quick ? "16,8" : "128,64")
    .split(",")
    .map(Number),
  steps: Number(flag("steps", quick ? "150" : "1050")),
  pretraining: quick ? 800 : 6000,
  inner: quick ? 4 : 10,
  outer: quick ? 5 : 15,
  candidates: quick ? 2 : 5,
};

/** Hours that are read, and how far after the last of them the hour to predict is: a test sequence of 001 has 28 hours. */
const WINDOW = 24;
const AHEAD = 4;
const TRAIN_ROWS = 438;
const TEST_ROWS = 312;
const TRAINED = "ciso_ci";
const VALIDATION_GRIDS = ["nyis_ci", "pjm_ci"];
const TEST_GRIDS = ["erco_ci", "bpat_ci", "azps_ci"];
/** Hours of the training grid: to train, to validate, to test. */
const HOURS = { train: [0, 6552], validation: [6552, 8016], test: [8016, 8760] };
const CORRUPTIONS = [
  { kind: "gaussian", sd: [0.1] },
  { kind: "perlin", octaves: 8, amplitude: 1 },
  { kind: "cutout", ratio: 0.3, value: 1 },
];

/** Average MSE over the paper's 14 test sets, clean and under each noise, then its worst; time in seconds (its table 6). */
const PAPER = {
  gas_dro: { clean: 0.0163, gaussian: 0.0282, perlin: 0.0171, cutout: 0.0174, worst: 0.0509, seconds: 1897 },
  gas_dro_vae: { clean: 0.0168, worst: 0.0463, seconds: 494 },
  dragen: { clean: 0.023, gaussian: 0.0338, perlin: 0.0245, cutout: 0.0278, worst: 0.0681, seconds: 2191 },
  p_dro: { clean: 0.0259, worst: 0.082, seconds: 1799 },
  kl_dro: { clean: 0.0288, gaussian: 0.0388, perlin: 0.0379, cutout: 0.0425, worst: 0.0831, seconds: 149 },
  w_dro: { clean: 0.0342, gaussian: 0.0438, perlin: 0.0657, cutout: 0.0699, worst: 0.0879, seconds: 2896 },
  dml: { clean: 0.0271, gaussian: 0.0373, perlin: 0.0305, cutout: 0.0319, worst: 0.0834, seconds: 130 },
  ml: { clean: 0.045, gaussian: 0.0547, perlin: 0.0727, cutout: 0.0782, worst: 0.0946, seconds: 143 },
};
/** Channels of the diffusion's U-Net in table 5, an eighth of the paper's, and its figures. */
const WIDTHS = {
  gas_dro_full: { channels: [16, 32, 32, 32], clean: 0.0163, worst: 0.0509 },
  gas_dro_75: { channels: [12, 24, 24, 24], clean: 0.0171, worst: 0.0544 },
  gas_dro_50: { channels: [8, 16, 16, 16], clean: 0.0178, worst: 0.0608 },
};
/** Budgets that table 5 chooses among, in multiples of the pre-training loss: higher ones were chosen nowhere else. */
const BUDGETS_OF_WIDTHS = [1.005, 1.02, 1.05];
/** Of table 5: at the default, 1e-3, the noise of the last steps alone takes U-Nets past the least of these budgets. */
const RATE_OF_WIDTHS = 3e-4;

function readGrids(folder) {
  const [header, ...lines] = readFileSync(join(folder, "carbon_eia_2022_hourly.csv"), "utf8").trim().split("\n");
  const names = header.split(",");
  const cells = lines.map((line) => line.split(","));
  return Object.fromEntries(
    names.flatMap((name, k) =>
      name.endsWith("_ci") ? [[name, cells.map((row) => (row[k] === "" ? NaN : +row[k]))]] : [],
    ),
  );
}

/** `count` evenly spaced windows between two hours, on the grid's own scale; those with a gap are left out. */
function windows(series, [from, to], count) {
  const known = series.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const inputs = [];
  const targets = [];
  const last = to - WINDOW - AHEAD;
  for (let k = 0; k < count; k++) {
    const start = from + Math.floor(((last - from) * k) / (count - 1));
    const values = series.slice(start, start + WINDOW + AHEAD).map((v) => (v - low) / (high - low));
    if (values.some((v) => !Number.isFinite(v))) continue;
    inputs.push(...values.slice(0, WINDOW));
    targets.push(values.at(-1));
  }
  const rows = targets.length;
  return {
    rows,
    inputs: Float64Array.from(inputs),
    targets: Float64Array.from(targets),
    groups: new Int32Array(rows),
    groupNames: ["all"],
  };
}

function joined(parts) {
  const rows = parts.reduce((sum, { data }) => sum + data.rows, 0);
  return {
    rows,
    inputs: Float64Array.from(parts.flatMap(({ data }) => [...data.inputs])),
    targets: Float64Array.from(parts.flatMap(({ data }) => [...data.targets])),
    groups: Int32Array.from(parts.flatMap(({ data }, g) => Array.from({ length: data.rows }, () => g))),
    groupNames: parts.map(({ name }) => name),
  };
}

const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const spread = (values) => {
  const m = mean(values);
  return values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, v) => sum + (v - m) ** 2, 0) / (values.length - 1));
};
const average = ({ sets }, kind) => mean(sets.filter((set) => set.kind === kind).map(({ mse }) => mse));
const worst = ({ sets }, kind) => Math.max(...sets.filter((set) => set.kind === kind).map(({ mse }) => mse));
const gain = (value, of) => `${(100 * (value / of - 1)).toFixed(1)} %`;

const dist = (path) => import(new URL(`../../dist/runtime/${path}`, import.meta.url).href);

async function worker(method, seed) {
  const [
    { trainRobustMethod, rowDiffusion, ROW_AUTOENCODER },
    robust,
    { createNet },
    { fitScaling },
    stress,
    { randomStream },
    ops,
    distance,
    losses,
  ] = await Promise.all([
    dist("robust/train-method.js"),
    dist("robust/index.js"),
    dist("predict/nets/index.js"),
    dist("predict/train.js"),
    dist("predict/stress.js"),
    dist("tensor/random.js"),
    dist("tensor/ops.js"),
    dist("predict/distance.js"),
    dist("robust/row-losses.js"),
  ]);
  const grids = readGrids(settings.data);
  const shape = { inputs: [{ name: "y", shape: [WINDOW] }], outputs: 1 };
  const corruptions = stress.corruptionsOf(CORRUPTIONS, shape.inputs);
  const noisy = (name, data, corruption) => ({
    name: `${name} ${corruption.label}`,
    grid: name,
    kind: corruption.label.split(" ")[0],
    data: stress.corrupted(data, corruption, randomStream(1, `test/${name}/${corruption.label}`)),
  });
  const train = windows(grids[TRAINED], HOURS.train, TRAIN_ROWS);
  const held = windows(grids[TRAINED], HOURS.validation, 150);
  const validation = joined([
    { name: TRAINED, data: held },
    ...VALIDATION_GRIDS.map((name) => ({ name, data: windows(grids[name], [0, 8760], 150) })),
  ]);
  const clean = [
    [TRAINED, windows(grids[TRAINED], HOURS.test, TEST_ROWS)],
    ...TEST_GRIDS.map((name) => [name, windows(grids[name], [0, 8760], TEST_ROWS)]),
  ].map(([name, data]) => ({ name, grid: name, kind: "clean", data }));
  const tests = [
    ...clean,
    ...clean.flatMap(({ name, data }) => corruptions.map((corruption) => noisy(name, data, corruption))),
  ];

  const net = createNet(
    { kind: "lstm", layers: settings.layers },
    shape,
    fitScaling(train, shape),
    randomStream(seed, "net"),
  );
  const loss = ({ predictions, targets }) =>
    ops.mean(ops.square(ops.sub(predictions, targets)), { axes: [1], keep: true });
  const common = {
    steps: settings.steps,
    batch: 64,
    optimizer: { kind: "adam", rate: 2e-3, weightDecay: 0 },
    pretraining: settings.pretraining,
  };
  const some = (values) => (quick ? values.slice(1, 1 + settings.candidates) : values);
  const [mlp, vae] = [rowDiffusion(), ROW_AUTOENCODER];
  const { inner, outer } = settings;
  const turns = { inner, outer };
  const plans = {
    dml: [{ ...common, method: "dml", shares: some([0.5, 1, 2, 4, 8, 16, 32, 64]) }, mlp],
    w_dro: [{ ...common, method: "w_dro", radii: some([0.02, 0.05, 0.1, 0.2, 0.5, 1]), inner: quick ? 1 : 5 }, mlp],
    kl_dro: [{ ...common, method: "kl_dro", radii: some([0.02, 0.1, 0.3, 1, 2, 4, 8]) }, mlp],
    dragen: [{ ...common, method: "dragen", radii: some([0.3, 0.6, 1, 2, 4, 8, 16]), inner: quick ? 1 : 5 }, vae],
    p_dro: [{ ...common, method: "p_dro", temperatures: some([1, 2, 4, 8, 16, 32, 64]), ...turns }, mlp],
    gas_dro: [{ ...common, method: "gas_dro", ...turns }, mlp],
    gas_dro_vae: [{ ...common, method: "gas_dro", ...turns }, vae],
  };
  const problem = { net, loss, train, validation };
  const { steps, batch, optimizer } = common;
  const training = { steps, batch, optimizer };
  const ofWidth = async ({ channels }, stream) => {
    const spec = rowDiffusion({ kind: "unet1d", channels });
    const fitting = { steps: common.pretraining, batch: 128, optimizer: { ...optimizer, rate: 1e-3 } };
    const law = { spec, training: fitting, roles: "joint", alike: net.alike };
    const generator = await robust.pretrainGenerator(law, train, stream.child("generator"));
    const budget = { kind: "multiples", values: BUDGETS_OF_WIDTHS };
    const adversary = { generator, ...turns, budget, optimizer: { kind: "adam", rate: RATE_OF_WIDTHS, clip: 1 } };
    const predictor = await robust.trainGasDro({ ...problem, training }, adversary, stream);
    return { predictor, diagnosis: { ...predictor, gasDro: predictor } };
  };
  const stream = randomStream(seed, "predictor");
  const start = performance.now();
  const trained = async () => {
    if (method in WIDTHS) return ofWidth(WIDTHS[method], stream);
    if (method !== "ml")
      return trainRobustMethod(plans[method][0], problem, { generator: plans[method][1] }, stream, {});
    const predictor = await robust.trainMl({ ...problem, training }, {}, stream);
    return { predictor, diagnosis: { radius: null, candidates: [] } };
  };
  const { predictor, diagnosis } = await trained();
  const seconds = (performance.now() - start) / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const program = await losses.createRowLosses(net, loss);
  const sets = [];
  for (const { name, grid, kind, data } of tests) {
    const values = await program.losses(predictor.parameters, data);
    sets.push({ name, grid, kind, mse: values.reduce((sum, v) => sum + v, 0) / values.length });
  }
  const distances = Object.fromEntries(
    clean.map(({ name, data }) => [name, distance.wassersteinDistance(train, data)]),
  );
  return {
    method,
    seed,
    seconds,
    megabytes,
    sets,
    distances,
    radius: diagnosis.radius,
    candidates: diagnosis.candidates,
    diagnostics: diagnosis.gasDro?.diagnostics ?? null,
  };
}

if (has("worker")) {
  const result = await worker(flag("method"), Number(flag("seed")));
  writeFileSync(flag("result"), JSON.stringify(result));
} else {
  const seeds = Number(flag("seeds", quick ? "1" : "5"));
  const methods = flag("methods", Object.keys(PAPER).join(","))
    .split(",")
    .concat(has("widths") ? Object.keys(WIDTHS) : []);
  const out = join(
    flag("out", "runs/001"),
    `${quick ? "quick" : "full"}-${settings.layers.join("-")}-${settings.steps}`,
  );
  mkdirSync(out, { recursive: true });
  const all = {};
  for (const method of methods)
    for (let seed = 1; seed <= seeds; seed++) {
      const result = join(out, `${method}-${seed}.json`);
      if (!existsSync(result)) {
        const own = ["--worker", "--method", method, "--seed", String(seed), "--result", result];
        execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2), ...own], {
          stdio: "inherit",
        });
        console.error(`${method}, seed ${seed}: done`);
      }
      (all[method] ??= []).push(JSON.parse(readFileSync(result, "utf8")));
    }
  const { pairedT } = await import(new URL("../../dist/runtime/evaluate/statistics.js", import.meta.url).href);
  const text = report(all, pairedT);
  writeFileSync(join(out, "tables.md"), text);
  console.log(text);
}

function report(all, pairedT) {
  const lines = [];
  const row = (cells) => lines.push(`| ${cells.join(" | ")} |`);
  const table = (title, header) => {
    lines.push("", `## ${title}`, "");
    row(header);
    row(header.map(() => "---"));
  };
  const ordered = Object.entries(all);
  const { ml } = all;
  const first = ordered[0][1][0];
  lines.push(
    `# 001 on the carbon intensity of US grids`,
    "",
    `Predictor: LSTM ${settings.layers.join(", ")}, ${settings.steps} steps; ${ordered[0][1].length} seeds. Trained on ${TRAINED}, ${AHEAD} hours ahead; MSE with each grid on the scale of its own year. The paper has other grids and years: compare the gains over ml.`,
  );
  for (const kind of ["clean", "gaussian", "perlin", "cutout"]) {
    const number = ["clean", "gaussian", "perlin", "cutout"].indexOf(kind) + 1;
    const grids = first.sets.filter((set) => set.kind === kind).map(({ grid }) => grid);
    table(`Table ${number}: ${kind}`, [
      "method",
      ...grids.map((grid) => `${grid} (${first.distances[grid].toFixed(3)})`),
      "average",
      "worst",
      "gain over ml",
      "p",
      "the paper's gain",
    ]);
    for (const [method, runs] of ordered) {
      const own = runs.map((one) => average(one, kind));
      const base = ml?.map((one) => average(one, kind)) ?? [];
      const test = method === "ml" || base.length < 2 ? null : pairedT(own.map((v, k) => v - base[k]));
      const paper = PAPER[method]?.[kind];
      row([
        method,
        ...grids.map((grid) =>
          mean(runs.map(({ sets }) => sets.find((set) => set.grid === grid && set.kind === kind).mse)).toFixed(4),
        ),
        `${mean(own).toFixed(4)} ± ${spread(own).toFixed(4)}`,
        mean(runs.map((one) => worst(one, kind))).toFixed(4),
        base.length === 0 ? "" : gain(mean(own), mean(base)),
        test === null ? "" : test.p.toPrecision(2),
        paper === undefined ? "" : gain(paper, PAPER.ml[kind]),
      ]);
    }
  }
  const widths = ordered.filter(([method]) => method in WIDTHS || method === "gas_dro_vae");
  if (widths.length > 1) {
    table("Table 5: capacity of the generator", ["generator", "average", "worst", "the paper's average", "its worst"]);
    for (const [method, runs] of widths) {
      const paper = WIDTHS[method] ?? PAPER[method];
      row([
        method,
        mean(runs.map((one) => average(one, "clean"))).toFixed(4),
        mean(runs.map((one) => worst(one, "clean"))).toFixed(4),
        paper.clean,
        paper.worst,
      ]);
    }
  }
  table("Table 6: time and memory, the generator and the choice of the radius included", [
    "method",
    "seconds",
    "times ml",
    "peak MB",
    "the paper's times ml (one radius)",
  ]);
  for (const [method, runs] of ordered) {
    const seconds = mean(runs.map((one) => one.seconds));
    const paper = PAPER[method]?.seconds;
    row([
      method,
      seconds.toFixed(1),
      ml === undefined ? "" : (seconds / mean(ml.map((one) => one.seconds))).toFixed(1),
      mean(runs.map(({ megabytes }) => megabytes)).toFixed(0),
      paper === undefined ? "" : (paper / PAPER.ml.seconds).toFixed(1),
    ]);
  }
  table("What was chosen", ["method", "radii", "J / ε", "swing of μ", "its drift", "inner gap"]);
  for (const [method, runs] of ordered) {
    const shown = (read) =>
      runs.map((one) => (one.diagnostics === null ? "" : (read(one.diagnostics)?.toPrecision(3) ?? ""))).join(", ");
    row([
      method,
      runs.map(({ radius }) => radius?.toPrecision(3) ?? "").join(", "),
      shown((d) => d.reconstruction / d.budget),
      shown((d) => d.multiplierSwing),
      shown((d) => d.multiplierDrift),
      shown((d) => d.innerGap),
    ]);
  }
  return `${lines.join("\n")}\n`;
}
