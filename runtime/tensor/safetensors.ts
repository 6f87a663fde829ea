import { RuntimeError } from "../errors/runtime-error.ts";
import { tensorCatalogue } from "./catalogue.ts";
import { sizeOf } from "./node.ts";

/** Named float32 tensors, row-major. */
export type NamedTensors = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;

export interface SafetensorsFile {
  readonly tensors: NamedTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The length of the JSON header comes first, in eight bytes. */
const PREFIX = 8;

/**
 * Tensors as a safetensors file (github.com/huggingface/safetensors), which Python, Rust and browsers read: a length, a
 * JSON header with every tensor's place, then the values, little-endian. Equal tensors and metadata give equal bytes.
 */
export function writeSafetensors(tensors: NamedTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (name === "__metadata__" || sizeOf(shape) !== data.length)
      throw new Error(`Tensor ${name} of shape [${shape.join(", ")}] cannot be written with ${data.length} values.`);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  // The header is padded with spaces so that the values are aligned for readers that map the file into memory.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / PREFIX) * PREFIX;
  const bytes = new Uint8Array(PREFIX + length + offset).fill(0x20, PREFIX, PREFIX + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, PREFIX);
  let at = PREFIX + length;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file of float32 tensors.
 * @throws RuntimeError safetensors-format where the file is truncated, malformed or of another number type
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.length < PREFIX) return refuse("it is shorter than its own header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > bytes.length - PREFIX) return refuse("it ends within its header");
  const header = parseHeader(bytes.subarray(PREFIX, PREFIX + length));
  const values = bytes.subarray(PREFIX + length);
  const tensors: Record<string, NamedTensors[string]> = {};
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") metadata = readMetadata(entry);
    else tensors[name] = readTensor(name, entry, values);
  }
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse("its header is not JSON");
  }
  return isRecord(header) ? header : refuse("its header is not an object");
}

function readMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry)) return refuse("its metadata is not an object");
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, String(value)]));
}

function readTensor(name: string, entry: unknown, values: Uint8Array): NamedTensors[string] {
  if (!isRecord(entry)) return refuse(`${name} has no description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32") return refuse(`${name} holds ${String(dtype)} where F32 is expected`);
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    return refuse(`${name} has no proper shape or place`);
  const start = offsets[0]!;
  const end = offsets[1]!;
  if (end - start !== 4 * sizeOf(shape))
    return refuse(`${name} has ${end - start} bytes for shape [${shape.join(", ")}]`);
  if (end > values.length) return refuse(`it ends within ${name}`);
  // Copied: the slice of a file need not be aligned.
  return { shape, data: new Float32Array(values.slice(start, end).buffer) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function refuse(reason: string): never {
  throw new RuntimeError(tensorCatalogue, "safetensors-format", { reason });
}
