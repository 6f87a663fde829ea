import { describe, expect, it } from "vitest";
import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import { Graph } from "../../runtime/tensor/graph.ts";
import { loadOnnx } from "../../runtime/tensor/onnx-executor.ts";
import { addOnnxMetadata, readOnnxMetadata } from "../../runtime/tensor/onnx-metadata.ts";
import { writeOnnx } from "../../runtime/tensor/onnx-writer.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";

const graph = new Graph();
const program = defineProgram(graph, { outputs: { y: ops.exp(graph.input("x", [2])) } });
const model = writeOnnx(program, { metadata: { solver: "euler", λ: "0.1" } });

describe("the metadata of an ONNX model", () => {
  it("is read back, from any model", () => {
    expect(readOnnxMetadata(model)).toEqual({ solver: "euler", λ: "0.1" });
    expect(readOnnxMetadata(writeOnnx(program))).toEqual({});
  });

  it("is added to without a new export, the last value counting, and leaves a model that loads", async () => {
    const stamped = addOnnxMetadata(model, { "droc.spec": "ab12", solver: "rk4" });
    expect(readOnnxMetadata(stamped)).toEqual({ solver: "rk4", λ: "0.1", "droc.spec": "ab12" });
    expect(await loadOnnx(stamped)).toEqual({ inputs: ["x"], outputs: ["y"] });
  });

  it.each([
    ["nothing", new Uint8Array(0)],
    ["a truncated model", model.subarray(0, model.length - 7)],
    ["text", new TextEncoder().encode('{"a": 1}')],
  ])("is refused of %s", (_, bytes) => {
    expect(() => readOnnxMetadata(bytes)).toThrow(RuntimeError);
    expect(() => readOnnxMetadata(bytes)).toThrow("not an ONNX file");
  });
});
