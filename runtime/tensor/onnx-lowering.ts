import type { Operation, Shape, Window } from "./node.ts";
import {
  DATA_TYPE,
  floatAttribute,
  intAttribute,
  intsAttribute,
  RUNTIME_DOMAIN,
  textAttribute,
  type OnnxAttribute,
  type OnnxNode,
} from "./onnx-schema.ts";

/** What a lowering writes with. */
export interface OnnxEmitter {
  /** @param unread names of further outputs that ONNX demands and nothing reads, before the one that is read */
  emit(
    opType: string,
    input: readonly string[],
    output: string,
    attribute?: readonly OnnxAttribute[],
    unread?: readonly string[],
  ): void;
  /** Name of an initializer of whole numbers. */
  ints(values: readonly number[]): string;
  /** Name of an initializer of one number. */
  number(value: number): string;
}

type Named<Op extends Operation["op"]> = Extract<Operation, { readonly op: Op }>;

export function lowerCumsum(to: OnnxEmitter, node: Named<"cumsum">, input: string, output: string): void {
  const flags = [intAttribute("exclusive", node.exclusive ? 1 : 0), intAttribute("reverse", node.reverse ? 1 : 0)];
  to.emit("CumSum", [input, to.ints([node.axis])], output, flags);
}

/** Indices come as int64 and are kept as int32 like all others. */
export function lowerTopK(to: OnnxEmitter, node: Named<"top_k">, input: string, output: string): void {
  const attributes = [intAttribute("axis", node.axis), intAttribute("largest", node.largest ? 1 : 0)];
  to.emit("TopK", [input, to.ints([node.k])], `${output}/wide`, attributes, [`${output}/values`]);
  to.emit("Cast", [`${output}/wide`], output, [intAttribute("to", DATA_TYPE.index)]);
}

export function lowerScatterAdd(
  to: OnnxEmitter,
  shape: Shape,
  rows: number,
  [values, indices]: readonly [string, string],
  output: string,
): void {
  to.emit("Expand", [to.number(0), to.ints(shape)], `${output}/zeros`);
  to.emit("Cast", [indices], `${output}/flat`, [intAttribute("to", DATA_TYPE.int64)]);
  to.emit("Reshape", [`${output}/flat`, to.ints([rows, 1])], `${output}/indices`);
  to.emit("ScatterND", [`${output}/zeros`, `${output}/indices`, values], output, [textAttribute("reduction", "add")]);
}

export function lowerScatterElements(
  to: OnnxEmitter,
  shape: Shape,
  axis: number,
  [values, indices]: readonly [string, string],
  output: string,
): void {
  to.emit("Expand", [to.number(0), to.ints(shape)], `${output}/zeros`);
  const attributes = [intAttribute("axis", axis), textAttribute("reduction", "add")];
  to.emit("ScatterElements", [`${output}/zeros`, indices, values], output, attributes);
}

export function lowerConv(to: OnnxEmitter, window: Window, args: readonly string[], output: string): void {
  to.emit("Conv", args, output, windowAttributes(window));
}

/** `relu`: of the convolution, by an operator of ONNX Runtime's own. */
export function lowerFusedConv(window: Window, args: readonly string[], output: string): OnnxNode {
  const attribute = [...windowAttributes(window), textAttribute("activation", "Relu")];
  return { opType: "FusedConv", domain: RUNTIME_DOMAIN.domain, input: args, output: [output], attribute };
}

/**
 * A transposed convolution of stride 1 as the convolution with the kernel turned round and its channels exchanged, which
 * takes ONNX Runtime a third of the time.
 * @returns whether there is one: padding beyond the kernel's reach has none
 */
export function lowerTurnedConv(
  to: OnnxEmitter,
  window: Window,
  shapes: { readonly small: Shape; readonly kernel: Shape; readonly large: Shape },
  [small, kernel]: readonly [string, string],
  output: string,
): boolean {
  const { stride, dilation, groups } = window;
  const [outputs = 1, inputs = 1, ...taps] = shapes.kernel;
  const reach = taps.map((size, i) => dilation[i]! * (size - 1));
  const before = reach.map((size, i) => size - window.before[i]!);
  const after = reach.map((size, i) => shapes.large[i + 2]! - shapes.small[i + 2]! + size - before[i]!);
  if (stride.some((step) => step !== 1) || [...before, ...after].some((zeros) => zeros < 0)) return false;
  const next = (name: string): string => `${output}/${name}`;
  const rank = taps.length;
  const rest = taps.map((_, i) => i);
  let turned = kernel;
  if (groups > 1) {
    to.emit("Reshape", [kernel, to.ints([groups, outputs / groups, inputs, ...taps])], next("parts"));
    turned = next("parts");
  }
  // Taps first, so that turning them round moves whole matrices: [groups, o, c, taps] → [taps, groups, c, o] → …
  const lead = groups > 1 ? [0] : [];
  const at = lead.length;
  const first = [...rest.map((i) => i + at + 2), ...lead, at + 1, at];
  to.emit("Transpose", [turned], next("first"), [intsAttribute("perm", first)]);
  turned = next("first");
  taps.forEach((size, i) => {
    if (size === 1) return;
    const backwards = to.ints(Array.from({ length: size }, (_, k) => size - 1 - k));
    to.emit("Gather", [turned, backwards], next(`turned${i}`), [intAttribute("axis", i)]);
    turned = next(`turned${i}`);
  });
  const last = [...lead.map((i) => i + rank), rank + at, rank + at + 1, ...rest];
  to.emit("Transpose", [turned], next(groups > 1 ? "exchanged" : "kernel"), [intsAttribute("perm", last)]);
  if (groups > 1)
    to.emit("Reshape", [next("exchanged"), to.ints([groups * inputs, outputs / groups, ...taps])], next("kernel"));
  lowerConv(to, { ...window, before, after }, [small, next("kernel")], output);
  return true;
}

/**
 * ONNX's transposed convolution gives the least image that reaches every tap; rows beyond it, at most a stride less
 * one, are its `output_padding`.
 */
export function lowerConvTranspose(
  to: OnnxEmitter,
  window: Window,
  shapes: { readonly small: Shape; readonly kernel: Shape; readonly large: Shape },
  args: readonly string[],
  output: string,
): void {
  const extra = window.stride.map((stride, i) => {
    const reached =
      (shapes.small[i + 2]! - 1) * stride +
      window.dilation[i]! * (shapes.kernel[i + 2]! - 1) +
      1 -
      window.before[i]! -
      window.after[i]!;
    return shapes.large[i + 2]! - reached;
  });
  to.emit("ConvTranspose", args, output, [...windowAttributes(window), intsAttribute("output_padding", extra)]);
}

function windowAttributes({ stride, dilation, before, after, groups }: Window): OnnxAttribute[] {
  return [
    intsAttribute("strides", stride),
    intsAttribute("dilations", dilation),
    intsAttribute("pads", [...before, ...after]),
    intAttribute("group", groups),
  ];
}

/** ONNX Runtime's Max and Min keep a NaN of one operand only, which depends on how they broadcast. */
export function lowerExtreme(to: OnnxEmitter, opType: "Max" | "Min", args: readonly string[], output: string): void {
  args.forEach((arg, i) => to.emit("IsNaN", [arg], `${output}/nan${i}`));
  to.emit("Or", [`${output}/nan0`, `${output}/nan1`], `${output}/nan`);
  to.emit(opType, args, `${output}/plain`);
  to.emit("Where", [`${output}/nan`, to.number(Number.NaN), `${output}/plain`], output);
}

/**
 * The sign of what is not negative, 0 or 1, as a ramp steeper than float32's normal numbers can show: one kernel where
 * Sign takes six times and a comparison made a number four times as long. NaN stays.
 */
export function lowerStep(to: OnnxEmitter, input: string, output: string): void {
  to.emit("HardSigmoid", [input], output, [floatAttribute("alpha", 3e38), floatAttribute("beta", 0)]);
}

/**
 * `max(x, 0) + log(1 + e)` of e = exp(−|x|), by vectors: half of ONNX Runtime's Softplus, which works number by number.
 * With w = 1 + e as rounded, `log w + (e − (w − 1)) / w` keeps what 1 + e loses where e is small.
 */
export function lowerSoftplus(to: OnnxEmitter, input: string, output: string): void {
  const part = (name: string): string => `${output}/${name}`;
  to.emit("Abs", [input], part("abs"));
  to.emit("Neg", [part("abs")], part("neg"));
  to.emit("Exp", [part("neg")], part("e"));
  to.emit("Add", [part("e"), to.number(1)], part("w"));
  to.emit("Sub", [part("w"), to.number(1)], part("kept"));
  to.emit("Sub", [part("e"), part("kept")], part("lost"));
  to.emit("Div", [part("lost"), part("w")], part("rest"));
  to.emit("Log", [part("w")], part("log"));
  to.emit("Add", [part("log"), part("rest")], part("small"));
  to.emit("Relu", [input], part("relu"));
  to.emit("Add", [part("relu"), part("small")], output);
}

/** ONNX Runtime's Erf of NaN is 1. */
export function lowerErf(to: OnnxEmitter, input: string, output: string): void {
  to.emit("IsNaN", [input], `${output}/nan`);
  to.emit("Erf", [input], `${output}/plain`);
  to.emit("Where", [`${output}/nan`, input, `${output}/plain`], output);
}

/** ONNX Runtime's ReduceMax passes over NaN. */
export function lowerReduceMax(
  to: OnnxEmitter,
  node: { readonly axes: readonly number[]; readonly keep: boolean },
  input: string,
  output: string,
): void {
  const attributes = [intsAttribute("axes", node.axes), intAttribute("keepdims", node.keep ? 1 : 0)];
  to.emit("IsNaN", [input], `${output}/isnan`);
  to.emit("Cast", [`${output}/isnan`], `${output}/ones`, [intAttribute("to", DATA_TYPE.float)]);
  to.emit("ReduceMax", [`${output}/ones`], `${output}/some`, attributes);
  to.emit("Greater", [`${output}/some`, to.number(0)], `${output}/nan`);
  to.emit("ReduceMax", [input], `${output}/plain`, attributes);
  to.emit("Where", [`${output}/nan`, to.number(Number.NaN), `${output}/plain`], output);
}
