import { describe, expect, it } from "vitest";
import {
  gpuProviders,
  machineProbes,
  resolveExecutor,
  type Device,
  type ExecutorName,
  type ExecutorProbes,
} from "../../runtime/tensor/device.ts";
import { choiceText, currentExecutor, withExecutor } from "../../runtime/tensor/executor-choice.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { Graph } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";

/** A machine on which only the named executors work, and which notes what it was asked. */
function machine(...works: readonly string[]): { readonly probes: ExecutorProbes; readonly asked: string[] } {
  const asked: string[] = [];
  const answer = (name: string): Promise<string | null> => {
    asked.push(name);
    return Promise.resolve(works.includes(name) ? null : `no ${name}`);
  };
  return {
    asked,
    probes: { onnx: (provider) => answer(`onnx ${provider}`), tfjs: (backend) => answer(`tfjs ${backend}`) },
  };
}

async function resolved(device: Device, executor: ExecutorName, ...works: readonly string[]): Promise<string> {
  const { choice, instead } = await resolveExecutor({ device, executor }, machine(...works).probes, "linux");
  return instead === undefined ? choiceText(choice) : `${choiceText(choice)} instead of ${instead.asked}`;
}

describe("the executor of a request", () => {
  it.each([
    ["auto", "auto", ["onnx cuda", "tfjs node-gpu"], "onnx (cpu)"],
    ["cpu", "auto", ["tfjs node"], "onnx (cpu)"],
    ["gpu", "auto", ["onnx cuda", "tfjs node-gpu"], "onnx (cuda)"],
    ["gpu", "auto", ["onnx webgpu", "tfjs node-gpu"], "onnx (webgpu)"],
    ["gpu", "auto", ["tfjs node-gpu"], "tfjs (node-gpu)"],
    ["gpu", "auto", [], "onnx (cpu) instead of a GPU"],
    ["gpu", "onnx", ["tfjs node-gpu"], "onnx (cpu) instead of a GPU"],
    ["gpu", "tfjs", ["onnx cuda", "tfjs node-gpu"], "tfjs (node-gpu)"],
    ["gpu", "tfjs", ["onnx cuda", "tfjs node"], "tfjs (node) instead of a GPU"],
    ["gpu", "tfjs", ["onnx cuda"], "tfjs (wasm) instead of a GPU"],
    ["gpu", "reference", ["onnx cuda"], "reference instead of a GPU"],
    ["auto", "tfjs", ["tfjs node-gpu", "tfjs node"], "tfjs (node-gpu)"],
    ["auto", "tfjs", ["tfjs node"], "tfjs (node)"],
    ["auto", "tfjs", [], "tfjs (wasm)"],
    ["cpu", "tfjs", ["tfjs node-gpu"], "tfjs (wasm)"],
    ["auto", "reference", [], "reference"],
  ] as const)("--device %s --executor %s where %j work is %s", async (device, executor, works, expected) => {
    expect(await resolved(device, executor, ...works)).toBe(expected);
  });

  it("says what each GPU lacks where none is used", async () => {
    const { instead } = await resolveExecutor({ device: "gpu" }, machine().probes, "linux");
    expect(instead?.reason).toBe(
      "onnx (cuda): no onnx cuda; onnx (webgpu): no onnx webgpu; tfjs (node-gpu): no tfjs node-gpu",
    );
  });

  it("asks the machine nothing unless a GPU or TensorFlow.js is wanted", async () => {
    const { asked, probes } = machine();
    for (const device of ["auto", "cpu"] as const)
      for (const executor of ["auto", "onnx", "reference"] as const)
        await resolveExecutor({ device, executor }, probes);
    expect(asked).toEqual([]);
  });

  it("looks for the GPUs of the platform", () => {
    expect(gpuProviders("linux")).toEqual(["cuda", "webgpu"]);
    expect(gpuProviders("win32")).toContain("dml");
    expect(gpuProviders("darwin")).toEqual(["webgpu"]);
  });
});

describe("this machine", () => {
  // First: later tests load TensorFlow.js, which leaves its engine in the global object.
  it("runs on ONNX Runtime without loading TensorFlow.js", async () => {
    expect(await machineProbes.onnx("cpu")).toBeNull();
    expect("_tfengine" in globalThis).toBe(false);
  });

  it("runs on TensorFlow.js in WebAssembly", async () => {
    expect(await machineProbes.tfjs("wasm")).toBeNull();
    expect("_tfengine" in globalThis).toBe(true);
  });
});

describe("the executor of a scope", () => {
  const graph = new Graph();
  const program = defineProgram(graph, { outputs: { y: ops.exp(graph.input("x", [1])) } });

  it("runs the programs made inside it, also after waiting, and no others", async () => {
    const inside = withExecutor({ kind: "reference" }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const executor = await createExecutor(program);
      const named = await createExecutor(program, "tfjs");
      return [executor.kind, named.kind, choiceText(currentExecutor())];
    });
    expect((await createExecutor(program)).kind).toBe("onnx");
    expect(await inside).toEqual(["reference", "tfjs", "reference"]);
  });
});
