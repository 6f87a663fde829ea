import protobuf from "protobufjs/light.js";
import { RuntimeError } from "../errors/runtime-error.ts";
import { tensorCatalogue } from "./catalogue.ts";

/** The part of an ONNX model that says where it is from (onnx/onnx.proto3); a reader of protobuf skips the rest. */
const modelType = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: { type: "int64", id: 1 },
        metadataProps: { rule: "repeated", type: "StringStringEntryProto", id: 14 },
      },
    },
    StringStringEntryProto: { fields: { key: { type: "string", id: 1 }, value: { type: "string", id: 2 } } },
  },
}).lookupType("ModelProto");

/** The model with further metadata: in protobuf, messages written one after another are one message with all fields. */
export function addOnnxMetadata(model: Uint8Array, metadata: Readonly<Record<string, string>>): Uint8Array {
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  const added = modelType.encode(modelType.fromObject({ metadataProps })).finish();
  const out = new Uint8Array(model.length + added.length);
  out.set(model);
  out.set(added, model.length);
  return out;
}

/**
 * The metadata of an ONNX model; of equal keys the last counts.
 * @throws RuntimeError onnx-format where the bytes are not an ONNX model
 */
export function readOnnxMetadata(model: Uint8Array): Record<string, string> {
  let decoded: Record<string, unknown>;
  try {
    decoded = modelType.toObject(modelType.decode(model), { arrays: true, longs: Number });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError(tensorCatalogue, "onnx-format", { reason }, { cause });
  }
  const { irVersion, metadataProps } = decoded;
  // Every model states the version of its format; bytes that happen to decode do not.
  if (typeof irVersion !== "number" || irVersion < 1 || !Array.isArray(metadataProps))
    throw new RuntimeError(tensorCatalogue, "onnx-format", { reason: "it states no version of the format" });
  return Object.fromEntries(
    metadataProps.map((entry: { readonly key?: string; readonly value?: string }) => [
      entry.key ?? "",
      entry.value ?? "",
    ]),
  );
}
