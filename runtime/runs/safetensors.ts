/**
 * The safetensors container (github.com/huggingface/safetensors, format of 2023): 8 bytes little-endian header length,
 * a JSON header, then the tensors' bytes. Only F32 and F64 occur here.
 */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export interface TensorFile {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Bytes of a file; tensors sorted by name and the data aligned to 8 bytes, so that equal content gives equal bytes. */
export function encodeTensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  let offset = 0;
  const parts: Uint8Array[] = [];
  // Doubles first: everything then lies at a multiple of its own size.
  const names = Object.keys(tensors).sort();
  const doubles = names.filter((name) => tensors[name]!.data instanceof Float64Array);
  const floats = names.filter((name) => tensors[name]!.data instanceof Float32Array);
  for (const name of [...doubles, ...floats]) {
    const { shape, data } = tensors[name]!;
    const size = shape.reduce((product, extent) => product * extent, 1);
    if (size !== data.length) throw new RangeError(`Tensor ${name}: ${data.length} values do not fill [${shape}].`);
    header[name] = {
      dtype: data instanceof Float64Array ? "F64" : "F32",
      shape,
      data_offsets: [offset, offset + data.byteLength],
    };
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  let text = JSON.stringify(header);
  let headerBytes = new TextEncoder().encode(text);
  const padding = (8 - (headerBytes.length % 8)) % 8;
  text += " ".repeat(padding);
  headerBytes = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + headerBytes.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  bytes.set(headerBytes, 8);
  let at = 8 + headerBytes.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Reads what `encodeTensors`, or any other writer, wrote.
 * @throws RangeError where the bytes are not a whole safetensors file of F32 and F64 tensors
 */
export function decodeTensors(bytes: Uint8Array): TensorFile {
  if (bytes.length < 8) broken("shorter than its header length");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8) broken("the header is cut off");
  const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  if (typeof header !== "object" || header === null) return broken("the header is not an object");
  const tensors: Record<string, Tensor> = {};
  let metadata: Record<string, string> = {};
  const start = 8 + headerLength;
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = entry as Record<string, string>;
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = entry as HeaderEntry;
    if (start + offsets[1] > bytes.length) broken(`tensor ${name} is cut off`);
    // A copy into memory of its own: a Buffer's slice would share its pool, at an offset that need not be aligned.
    const copy = new Uint8Array(bytes.subarray(start + offsets[0], start + offsets[1])).buffer;
    if (dtype === "F64") tensors[name] = { shape, data: new Float64Array(copy) };
    else if (dtype === "F32") tensors[name] = { shape, data: new Float32Array(copy) };
    else broken(`tensor ${name} has type ${dtype}`);
  }
  return { tensors, metadata };
}

function broken(what: string): never {
  throw new RangeError(`Not a safetensors file: ${what}.`);
}
