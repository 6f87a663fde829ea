/**
 * The part of ONNX's protobuf schema that a tensor program needs (github.com/onnx/onnx, onnx/onnx.proto3). Field numbers
 * are the format; leaving a field out only means that we never write it.
 */
import protobuf from "protobufjs/light.js";

/** TensorProto.DataType */
export const DATA_TYPE = { float: 1, index: 6, int64: 7, bool: 9 } as const;
/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPE = { float: 1, int: 2, text: 3, tensor: 4, ints: 7 } as const;

export const ONNX_IR_VERSION = 8;
/** The newest operator set whose reductions and slices onnxruntime-node 1.16 and every later version run. */
export const ONNX_OPSET = 17;

/** ONNX Runtime's own operators. */
export const RUNTIME_DOMAIN = { domain: "com.microsoft", version: 1 } as const;

export interface OnnxTensor {
  readonly name?: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Little-endian elements. */
  readonly rawData: Uint8Array;
}
export interface OnnxAttribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly ints?: readonly number[];
}
export interface OnnxNode {
  readonly opType: string;
  /** Operator set other than ONNX's own. */
  readonly domain?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
}
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[] };
    };
  };
}
export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly OnnxNode[];
    readonly initializer: readonly OnnxTensor[];
    readonly input: readonly OnnxValueInfo[];
    readonly output: readonly OnnxValueInfo[];
  };
}

/** A number of 0 is written: left out, an attribute would be its operator's default and a dimension unknown. */
const PROTO2 = "proto2";

const root = protobuf.Root.fromJSON({
  nested: {
    AttributeProto: {
      edition: PROTO2,
      fields: {
        name: { type: "string", id: 1 },
        f: { type: "float", id: 2 },
        i: { type: "int64", id: 3 },
        s: { type: "bytes", id: 4 },
        ints: { rule: "repeated", type: "int64", id: 8, options: { packed: false } },
        type: { type: "int32", id: 20 },
      },
    },
    NodeProto: {
      fields: {
        input: { rule: "repeated", type: "string", id: 1 },
        output: { rule: "repeated", type: "string", id: 2 },
        opType: { type: "string", id: 4 },
        attribute: { rule: "repeated", type: "AttributeProto", id: 5 },
        domain: { type: "string", id: 7 },
      },
    },
    TensorProto: {
      fields: {
        dims: { rule: "repeated", type: "int64", id: 1, options: { packed: false } },
        dataType: { type: "int32", id: 2 },
        name: { type: "string", id: 8 },
        rawData: { type: "bytes", id: 9 },
      },
    },
    Dimension: { edition: PROTO2, fields: { dimValue: { type: "int64", id: 1 }, dimParam: { type: "string", id: 2 } } },
    TensorShapeProto: { fields: { dim: { rule: "repeated", type: "Dimension", id: 1 } } },
    TensorTypeProto: {
      fields: { elemType: { type: "int32", id: 1 }, shape: { type: "TensorShapeProto", id: 2 } },
    },
    TypeProto: { fields: { tensorType: { type: "TensorTypeProto", id: 1 } } },
    ValueInfoProto: { fields: { name: { type: "string", id: 1 }, type: { type: "TypeProto", id: 2 } } },
    GraphProto: {
      fields: {
        node: { rule: "repeated", type: "NodeProto", id: 1 },
        name: { type: "string", id: 2 },
        initializer: { rule: "repeated", type: "TensorProto", id: 5 },
        input: { rule: "repeated", type: "ValueInfoProto", id: 11 },
        output: { rule: "repeated", type: "ValueInfoProto", id: 12 },
      },
    },
    StringStringEntryProto: { fields: { key: { type: "string", id: 1 }, value: { type: "string", id: 2 } } },
    OperatorSetIdProto: { fields: { domain: { type: "string", id: 1 }, version: { type: "int64", id: 2 } } },
    ModelProto: {
      fields: {
        irVersion: { type: "int64", id: 1 },
        producerName: { type: "string", id: 2 },
        graph: { type: "GraphProto", id: 7 },
        opsetImport: { rule: "repeated", type: "OperatorSetIdProto", id: 8 },
        metadataProps: { rule: "repeated", type: "StringStringEntryProto", id: 14 },
      },
    },
  },
});
const modelType = root.lookupType("ModelProto");

export function encodeOnnx(model: OnnxModel): Uint8Array {
  return modelType.encode(modelType.fromObject({ ...model })).finish();
}

export function floatAttribute(name: string, f: number): OnnxAttribute {
  return { name, type: ATTRIBUTE_TYPE.float, f };
}
export function intAttribute(name: string, i: number): OnnxAttribute {
  return { name, type: ATTRIBUTE_TYPE.int, i };
}
export function intsAttribute(name: string, ints: readonly number[]): OnnxAttribute {
  return { name, type: ATTRIBUTE_TYPE.ints, ints };
}
export function textAttribute(name: string, text: string): OnnxAttribute {
  return { name, type: ATTRIBUTE_TYPE.text, s: new TextEncoder().encode(text) };
}
