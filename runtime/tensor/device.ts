import {
  PLAIN_CHOICE,
  choiceText,
  type ExecutorChoice,
  type ExecutorKind,
  type OnnxProvider,
} from "./executor-choice.ts";
import type { TfjsBackend } from "./tfjs-backend.ts";

/** `auto` leaves it to droc: the CPU, since the programs of a spec are small; `gpu` is used where it is asked for. */
export const DEVICES = ["auto", "cpu", "gpu"] as const;
export type Device = (typeof DEVICES)[number];

export const EXECUTOR_NAMES = ["auto", "onnx", "tfjs", "reference"] as const satisfies readonly (
  "auto" | ExecutorKind
)[];
export type ExecutorName = (typeof EXECUTOR_NAMES)[number];

/** Says what is wrong with one way to run programs on this machine: `null` where nothing is. */
export interface ExecutorProbes {
  onnx(provider: OnnxProvider): Promise<string | null>;
  tfjs(backend: TfjsBackend): Promise<string | null>;
}

/** What programs will run on, and why. */
export interface ResolvedExecutor {
  readonly choice: ExecutorChoice;
  /** A clause: `the fastest on a CPU`. */
  readonly why: string;
  /** Where what was asked for is not there: what that was, and why it is not used. */
  readonly instead?: { readonly asked: string; readonly reason: string };
}

/** The providers of ONNX Runtime that compute on a GPU, in the order of preference. */
export function gpuProviders(platform: NodeJS.Platform): readonly OnnxProvider[] {
  if (platform === "win32") return ["cuda", "dml", "webgpu"];
  return platform === "linux" ? ["cuda", "webgpu"] : ["webgpu"];
}

/**
 * The executor for a request. Nothing is loaded or tried that the request does not lead to: without one, programs run on
 * ONNX Runtime's CPU kernels, the fastest for programs of a spec's size.
 */
export async function resolveExecutor(
  request: { readonly device?: Device; readonly executor?: ExecutorName },
  probes: ExecutorProbes = machineProbes,
  platform: NodeJS.Platform = process.platform,
): Promise<ResolvedExecutor> {
  const { device = "auto", executor = "auto" } = request;
  const why = executor === "auto" ? "native kernels on the CPU, the fastest for small programs" : "asked for by name";
  const reasons: string[] = [];
  const first = async (choices: readonly ExecutorChoice[]): Promise<ExecutorChoice | null> => {
    for (const choice of choices) {
      const problem = await problemOf(choice, probes);
      if (problem === null) return choice;
      reasons.push(`${choiceText(choice)}: ${problem}`);
    }
    return null;
  };
  if (device === "gpu") {
    const found = await first(onGpu(executor, platform));
    if (found !== null) return { choice: found, why: "a GPU was asked for, and this one answers" };
  }
  const choice = executor === "tfjs" ? await first(TFJS[device]) : null;
  const used = choice ?? PLAIN_CHOICE[executor === "auto" ? "onnx" : executor];
  if (device !== "gpu") return { choice: used, why };
  const reason = executor === "reference" ? "the reference executor is plain TypeScript" : reasons.join("; ");
  return { choice: used, why, instead: { asked: "a GPU", reason } };
}

/** What computes on a GPU, best first. */
function onGpu(executor: ExecutorName, platform: NodeJS.Platform): readonly ExecutorChoice[] {
  const onnx = gpuProviders(platform).map((provider): ExecutorChoice => ({ kind: "onnx", provider }));
  const tfjs: ExecutorChoice = { kind: "tfjs", backend: "node-gpu" };
  return { auto: [...onnx, tfjs], onnx, tfjs: [tfjs], reference: [] }[executor];
}

/** The native backends are used where they are installed. */
const TFJS: Readonly<Record<Device, readonly ExecutorChoice[]>> = {
  auto: tfjsChoices("node-gpu", "node"),
  cpu: tfjsChoices("node"),
  gpu: tfjsChoices("node"),
};

function tfjsChoices(...backends: readonly TfjsBackend[]): readonly ExecutorChoice[] {
  return backends.map((backend) => ({ kind: "tfjs", backend }));
}

async function problemOf(choice: ExecutorChoice, probes: ExecutorProbes): Promise<string | null> {
  if (choice.kind === "onnx") return probes.onnx(choice.provider);
  return choice.kind === "tfjs" ? probes.tfjs(choice.backend) : null;
}

/** Asks the machine: loads the library and, on a GPU, runs a program of one node. */
export const machineProbes: ExecutorProbes = {
  async onnx(provider) {
    const { onnxProblem } = await import("./onnx-executor.ts");
    return onnxProblem(provider);
  },
  async tfjs(backend) {
    const { tfjsProblem } = await import("./tfjs-backend.ts");
    return tfjsProblem(backend);
  },
};
