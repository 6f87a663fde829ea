import { describe, expect, it } from "vitest";
import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import { readSafetensors, writeSafetensors } from "../../runtime/tensor/safetensors.ts";

const tensors = {
  "layer.0.weight": { shape: [2, 3], data: Float32Array.of(1, 2, 3, -4, 0.5, 1e-30) },
  empty: { shape: [0], data: new Float32Array(0) },
  "naïve → name": { shape: [], data: Float32Array.of(Math.PI) },
};

describe("safetensors", () => {
  it("gives back what was written", () => {
    const bytes = writeSafetensors(tensors, { model: "flow_matching", step: "12" });
    expect(readSafetensors(bytes)).toEqual({ tensors, metadata: { model: "flow_matching", step: "12" } });
  });

  it("keeps both precisions, doubles first, and orders by name", () => {
    const mixed = {
      b: { shape: [2, 2], data: Float64Array.of(1, -0, 1 / 3, 1e-300) },
      a: { shape: [3], data: Float32Array.of(1, 2, 3) },
    };
    const bytes = writeSafetensors(mixed);
    expect(readSafetensors(bytes).tensors).toEqual(mixed);
    expect(writeSafetensors({ a: mixed.a, b: mixed.b })).toEqual(bytes);
    const header = new TextDecoder().decode(bytes.subarray(8)).split("}}")[0]!;
    expect(header.indexOf('"b"')).toBeLessThan(header.indexOf('"a"'));
  });

  it("refuses values that do not fill the shape", () => {
    expect(() => writeSafetensors({ x: { shape: [3], data: new Float32Array(2) } })).toThrow(RangeError);
  });

  it("reads a file at any offset in a larger buffer", () => {
    const bytes = writeSafetensors(tensors);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(readSafetensors(larger.subarray(3)).tensors).toEqual(tensors);
  });

  it("lays the file out as the format says", () => {
    const bytes = writeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }, { k: "v" });
    const header = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect([...bytes.subarray(0, 8)]).toEqual([padded.length, 0, 0, 0, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length))).toBe(padded);
    expect([...bytes.subarray(8 + padded.length)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  it.each([
    ["an empty file", new Uint8Array(0), "shorter"],
    ["a header that is cut off", file("{}").subarray(0, 9), "within its header"],
    ["a length beyond any file", new Uint8Array(8).fill(255), "within its header"],
    ["no JSON", file("hello"), "not JSON"],
    ["JSON that is no object", file("[1]"), "not an object"],
    ["values that are cut off", writeSafetensors(tensors).subarray(0, -1), "ends within"],
    ["another type", file('{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}', 2), "F16"],
    ["a size that differs", file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4), "4 bytes"],
    ["a negative size", file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4), "shape or place"],
    ["no description", file('{"a":3}'), "no description"],
  ])("refuses %s", (_, bytes, reason) => {
    expect(() => readSafetensors(bytes)).toThrow(RuntimeError);
    expect(() => readSafetensors(bytes)).toThrow(reason);
  });
});

function file(header: string, values = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + values);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}
