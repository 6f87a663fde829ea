import {
  DEVICES,
  gpuProviders,
  machineProbes,
  resolveExecutor,
  type Device,
  type ExecutorProbes,
  type ResolvedExecutor,
} from "../../runtime/tensor/device.ts";
import { choiceText } from "../../runtime/tensor/executor-choice.ts";
import { TFJS_NODE_VARIABLE } from "../../runtime/tensor/tfjs-backend.ts";
import type { Part } from "./commands/doctor.ts";
import { inspectPackage } from "./installed-packages.ts";

/** What a run with one `--device` uses on this machine. */
export interface DeviceReport {
  readonly device: Device;
  /** `onnx (cpu)` */
  readonly executor: string;
  readonly why: string;
  /** Why a GPU that was asked for is not used. */
  readonly instead?: string;
}

export interface ExecutorReport {
  readonly parts: readonly Part[];
  readonly devices: readonly DeviceReport[];
}

/** Every way to run programs, tried as a run would try it. */
export async function inspectExecutors(
  probes: ExecutorProbes = machineProbes,
  platform: NodeJS.Platform = process.platform,
): Promise<ExecutorReport> {
  const asked = remember(probes);
  const [onnx, wasm, node, gpu] = await Promise.all([
    inspectPackage("onnxruntime-node"),
    inspectPackage("@tensorflow/tfjs-backend-wasm"),
    inspectPackage("@tensorflow/tfjs-node"),
    inspectPackage("@tensorflow/tfjs-node-gpu"),
  ]);
  const parts: Part[] = [];
  const add = (name: string, version: string | null, problem: string | null, absent: boolean, note: string): void => {
    const state = problem === null ? "loads" : absent ? "absent" : "broken";
    const used = name === "onnx";
    parts.push({ area: AREA, name, version, state, used, note: problem === null ? note : `${problem} (${note})` });
  };
  add("onnx", onnx.version, await asked.onnx("cpu"), false, "native float32 kernels on the CPU");
  for (const provider of gpuProviders(platform)) {
    const problem = await asked.onnx(provider);
    add(`onnx ${provider}`, problem === null ? onnx.version : null, problem, true, `--device gpu; ${GUIDE}`);
  }
  add("tfjs wasm", wasm.version, await asked.tfjs("wasm"), false, "TensorFlow.js in WebAssembly: --executor tfjs");
  const named = (process.env[TFJS_NODE_VARIABLE] ?? "") !== "";
  const own = named ? `, from ${TFJS_NODE_VARIABLE}` : "";
  const native = `native TensorFlow on the CPU${own}: --executor tfjs; an optional peer`;
  add("tfjs-node", node.version, await asked.tfjs("node"), !named && node.state === "absent", native);
  const cuda = `CUDA through TensorFlow${own}: --device gpu; an optional peer; ${GUIDE}`;
  add("tfjs-node-gpu", gpu.version, await asked.tfjs("node-gpu"), gpu.state === "absent", cuda);
  const plain = "plain float64 TypeScript: --executor reference; the oracle of the tests, many times slower";
  parts.push({ area: AREA, name: "reference", version: null, state: "built in", used: false, note: plain });
  const devices: DeviceReport[] = [];
  for (const device of DEVICES) devices.push(report(device, await resolveExecutor({ device }, asked, platform)));
  return { parts, devices };
}

const AREA = "training and sampling";
const GUIDE = "docs/executors.md says how to get it";

function report(device: Device, { choice, why, instead }: ResolvedExecutor): DeviceReport {
  return {
    device,
    executor: choiceText(choice),
    why,
    ...(instead === undefined ? {} : { instead: instead.reason }),
  };
}

/** The same answers without asking the machine twice. */
function remember(probes: ExecutorProbes): ExecutorProbes {
  const answers = new Map<string, Promise<string | null>>();
  const once = (key: string, ask: () => Promise<string | null>): Promise<string | null> => {
    const found = answers.get(key) ?? ask();
    answers.set(key, found);
    return found;
  };
  return {
    onnx: (provider) => once(`onnx ${provider}`, () => probes.onnx(provider)),
    tfjs: (backend) => once(`tfjs ${backend}`, () => probes.tfjs(backend)),
  };
}
