import { join } from "node:path";
import { writeTable, type TableColumn } from "../data/write-table.ts";
import type { Backend, ModelTensors } from "../methods/backend.ts";
import type { ComparedSeed } from "../methods/compare-seed.ts";
import { ballFile, keptFlow, keptMixture, mixtureFile, signBall } from "../methods/kept-mixture.ts";
import type { PlannedMethod } from "../methods/plan.ts";
import type { Run } from "../methods/run.ts";
import type { TrainedSeed } from "../methods/train-seed.ts";
import { decisionNames } from "../report/decision-names.ts";
import { renderHtml } from "../report/html.ts";
import { formatJson } from "../report/json.ts";
import { renderMarkdownReport } from "../report/markdown.ts";
import type { RunResult } from "../report/results.ts";
import type { Pipeline } from "../spec.ts";
import { currentExecutor } from "../tensor/executor-choice.ts";
import { loadOnnx } from "../tensor/onnx-executor.ts";
import { specIdentity } from "./identity.ts";
import type { Tensor } from "../tensor/safetensors.ts";
import { addOnnxMetadata, readOnnxMetadata } from "../tensor/onnx-metadata.ts";
import { plainTransform, writeModelFile } from "./model-file.ts";
import { hashesOf } from "./own-file.ts";
import { checkProvenance, provenance, specOf } from "./provenance.ts";
import { damaged, type RunFolder } from "./run-folder.ts";

export interface Artefacts {
  /** As written, before `quick` and `seeds`. */
  readonly pipeline: Pipeline;
  readonly run: Run;
  readonly backend: Backend;
  readonly quick: boolean;
  readonly result: RunResult;
  readonly trained: readonly TrainedSeed[];
  readonly compared: readonly ComparedSeed[];
}

/**
 * Writes what a finished run leaves behind. `results.json` comes last: where it is, everything else is there too.
 *
 * `weights.safetensors` and `sampler.onnx` are the trained method at the first seed, `weights/` every method that has
 * weights at every seed, `decisions.parquet` one row a seed, method and context.
 */
export async function writeArtefacts(artefacts: Artefacts): Promise<void> {
  const { run, result } = artefacts;
  const { folder } = run;
  await writeWeights(artefacts);
  await checkModels(artefacts);
  await folder.guard(() => writeTable(join(folder.path, "decisions.parquet"), decisionColumns(artefacts)));
  await folder.write("report.md", renderMarkdownReport(result));
  await folder.write("report.html", renderHtml(result));
  await folder.write("results.json", `${formatJson(rounded(result))}\n`);
}

/** Regrets of single contexts with eight significant digits: they fill most of the file. */
function rounded(result: RunResult): RunResult {
  const methods = result.methods.map((method) => ({
    ...method,
    regrets: method.regrets.map((regrets) => regrets.map(eightDigits)),
  }));
  return { ...result, methods };
}

function eightDigits(value: number): number {
  return Number(value.toPrecision(8));
}

async function writeWeights({ pipeline, run, backend, quick, trained }: Artefacts): Promise<void> {
  const { folder, plan } = run;
  const { sizes } = pipeline.problem;
  const made = provenance(pipeline);
  for (const seed of trained) {
    for (const method of plan.methods) {
      const own = seed.tuned.get(method.id)?.method ?? method;
      if (method.robust === true)
        await signBall(run, method.id, { seed: seed.seed, dataHash: seed.data.dataHash }, made);
      const found = (await lawOf(run, own, seed)) ?? weightsOf(own, seed);
      if (found === null) continue;
      const { tensors, strength } = found;
      const metadata = {
        ...found.metadata,
        ...made,
        method: method.id,
        seed: String(seed.seed),
        strength: String(strength),
      };
      await folder.writeTensors(`weights/${method.id}-seed-${seed.seed}.safetensors`, tensors, metadata);
      if (seed.seed !== 0 || method.role !== "trained") continue;
      await folder.writeTensors("weights.safetensors", tensors, metadata);
      if (plan.flow === null || found.model === null) continue;
      const flow = await backend.loadFlow(plan.flow.generator, sizes, found.model);
      await folder.write("sampler.onnx", addOnnxMetadata(flow.samplerOnnx(), made));
      await flow.dispose();
    }
  }
  const first = trained[0]!;
  const main = plan.methods[0]!;
  const chosen = first.selected.get(main.id) ?? { strength: 0, lambda: 0 };
  const detilt = main.how.kind === "dw_fm" && main.how.detilt;
  // The reference of 1/ŵ is decided again on the rows that it was fitted on; methods
  // without a model decide on the rows themselves.
  const { rows, contexts, outcomes } = first.train;
  const rowTensors = {
    contexts: { shape: [rows, sizes.context], data: contexts },
    outcomes: { shape: [rows, sizes.outcome], data: outcomes },
  };
  await folder.writeTensors("train.safetensors", rowTensors, made);
  await writeModelFile(folder, {
    version: 1,
    identity: specIdentity(pipeline),
    quick,
    method: main.id,
    strength: chosen.strength,
    lambda: chosen.lambda,
    detilt,
    ...(first.radius === null ? {} : { radius: first.radius.selected }),
    context: plainTransform(first.data.transforms.context),
    outcome: plainTransform(first.data.transforms.outcome),
    contextNames: first.data.contextNames,
    methods: Object.fromEntries(
      [...first.selected].map(([id, { strength, lambda }]) => [id, { strength, lambda }] as const),
    ),
    ...(first.tuned.size === 0
      ? {}
      : { tuned: Object.fromEntries([...first.tuned].map(([id, { method }]) => [id, method.id] as const)) }),
    files: await hashesOf(folder, [
      "weights.safetensors",
      "train.safetensors",
      "predictor.safetensors",
      ...plan.methods.flatMap(({ id }) => [mixtureFile(id, 0), ballFile(id, 0)]),
    ]),
  });
}

/**
 * Loads the weights and the sampler back and checks that they are of this spec, and that the sampler's runtime takes it:
 * what an application will find is what was written.
 */
async function checkModels({ pipeline, run }: Artefacts): Promise<void> {
  const { folder } = run;
  const weights = await folder.readTensors("weights.safetensors");
  if (weights !== null) checkProvenance(join(folder.path, "weights.safetensors"), weights.metadata, pipeline);
  const sampler = await folder.read("sampler.onnx");
  if (sampler !== null) await checkOnnx(folder, "sampler.onnx", sampler, pipeline);
  const predictor = await folder.read("predictor.onnx");
  if (predictor === null) return;
  // Written by the task that trained it, of the pipeline that runs; in a folder used again it may be of an older spec.
  if (specOf(readOnnxMetadata(predictor)) === specIdentity(run.pipeline))
    return checkOnnx(folder, "predictor.onnx", predictor, run.pipeline);
  await folder.remove("predictor.onnx");
  await folder.remove("predictor.safetensors");
}

async function checkOnnx(folder: RunFolder, name: string, bytes: Uint8Array, pipeline: Pipeline): Promise<void> {
  const path = join(folder.path, name);
  checkProvenance(path, readOnnxMetadata(bytes), pipeline);
  // A machine without ONNX Runtime has trained on another executor and cannot try the file.
  if (currentExecutor().kind !== "onnx") return;
  try {
    await loadOnnx(bytes);
  } catch (error) {
    throw damaged(path, error);
  }
}

/** Weights of a method as its file has them. */
interface MethodWeights {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly strength: number;
  /** The same, of a generator that `loadFlow` loads. */
  readonly model: ModelTensors | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A mixture, or one in a flow's latent space, was kept by the task that fitted it, and gets the provenance of the spec as it
 * is written.
 */
async function lawOf(
  run: Run,
  { id, how }: PlannedMethod,
  { seed, data, train }: TrainedSeed,
): Promise<MethodWeights | null> {
  const fit = { seed, dataHash: data.dataHash };
  if (how.kind === "mixture") {
    const { tensors, metadata } = await keptMixture(run, id, how.spec, fit, train);
    return { tensors, metadata, strength: 0, model: null };
  }
  if (how.kind !== "fitted" || how.spec.kind !== "gmm_nf") return null;
  const { law, tensors, metadata } = await keptFlow(run, id, how.spec, fit, train);
  await law.dispose();
  return { tensors, metadata, strength: 0, model: null };
}

function plainWeights(model: ModelTensors, strength: number): MethodWeights {
  return { tensors: model, strength, model, metadata: {} };
}

function weightsOf(method: PlannedMethod, seed: TrainedSeed): MethodWeights | null {
  const { how } = method;
  const focused = seed.focused.get(method.id);
  if (focused !== undefined) {
    const { tensors, strength } = focused;
    return { ...plainWeights(tensors, 0), metadata: strength === undefined ? {} : { layer: String(strength) } };
  }
  if (how.kind === "uniform_fm") return plainWeights(seed.flows.get(0)!, 0);
  if (how.kind === "dw_fm") {
    const { strength } = seed.selected.get(method.id)!;
    return plainWeights(seed.flows.get(strength)!, strength);
  }
  if (how.kind === "placebo") {
    const { strength } = seed.selected.get(how.of)!;
    return strength === 0 ? null : plainWeights(seed.placebos.get(strength)!, strength);
  }
  return null;
}

/** Long form: seed, method, row and index of the context, decision, status, gap and every score. */
function decisionColumns({ pipeline, run, compared, trained }: Artefacts): TableColumn[] {
  const components = decisionNames(pipeline);
  const n = components.length;
  const blocks = compared.flatMap((seed, k) =>
    run.plan.methods.map((method) => ({
      seed: seed.seed,
      method: method.id,
      contexts: seed.contexts,
      index: trained[k]!.data.index,
      decided: seed.decided.get(method.id)!,
    })),
  );
  const tails = [...new Set(blocks.flatMap((block) => Object.keys(block.decided.tail)))];
  const numbers = (name: string, of: (block: (typeof blocks)[number], i: number) => number): TableColumn => ({
    name,
    values: Float64Array.from(
      blocks.flatMap((block) => Array.from({ length: block.contexts.count }, (_, i) => of(block, i))),
    ),
  });
  const texts = (name: string, of: (block: (typeof blocks)[number], i: number) => string): TableColumn => ({
    name,
    values: blocks.flatMap((block) => Array.from({ length: block.contexts.count }, (_, i) => of(block, i))),
  });
  const integers = (name: string, of: (block: (typeof blocks)[number], i: number) => number): TableColumn => ({
    name,
    values: Int32Array.from(
      blocks.flatMap((block) => Array.from({ length: block.contexts.count }, (_, i) => of(block, i))),
    ),
  });
  return [
    integers("seed", (block) => block.seed),
    texts("method", (block) => block.method),
    integers("context", (_block, i) => i),
    integers("row", (block, i) => block.contexts.rows[i]!),
    texts("index", (block, i) => block.index[block.contexts.rows[i]!]!),
    ...components.map((name, j) => numbers(name, (block, i) => block.decided.z[i * n + j]!)),
    texts("status", (block, i) => (block.decided.inaccurate[i] === 0 ? "optimal" : "inaccurate")),
    numbers("gap", (block, i) => block.decided.gap[i]!),
    numbers("regret", (block, i) => block.decided.regret[i]!),
    numbers("expected_loss", (block, i) => block.decided.expected[i]!),
    numbers("realised_loss", (block, i) => block.decided.realised[i]!),
    ...tails.map((tail) => numbers(tail, (block, i) => block.decided.tail[tail]?.[i] ?? Number.NaN)),
  ];
}
