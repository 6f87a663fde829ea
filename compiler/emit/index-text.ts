import { range, stridesOf, type Shape } from "../../runtime/ir/shape.ts";
import { numberLiteral } from "./text.ts";

/** Position along each axis: a literal or a loop's variable. */
export type Index = readonly string[];

/** Row-major position as an expression, plus a known offset. */
export function flatten(shape: Shape, index: Index, offset = 0): string {
  const strides = stridesOf(shape);
  return linear(
    index.map((at, axis) => ({ at, step: strides[axis]! })),
    offset,
  );
}

function linear(terms: readonly { readonly at: string; readonly step: number }[], offset: number): string {
  let known = offset;
  const parts: string[] = [];
  for (const { at, step } of terms) {
    if (/^\d+$/.test(at)) known += Number(at) * step;
    else if (step === 1) parts.push(/^[\w]+$/.test(at) ? at : `(${at})`);
    else if (step === -1) parts.push(`-(${at})`);
    else if (step !== 0) parts.push(`(${at}) * ${numberLiteral(step)}`);
  }
  if (parts.length === 0) return numberLiteral(known);
  if (known !== 0) parts.push(numberLiteral(known));
  return parts.join(" + ");
}

/** The index of a flat position, as literals. */
export function unravel(shape: Shape, position: number): Index {
  const strides = stridesOf(shape);
  let rest = position;
  return strides.map((stride) => {
    const at = Math.floor(rest / stride);
    rest -= at * stride;
    return String(at);
  });
}

/** The source position as a linear expression of the index, where the indices follow one. */
export function affineIndex(indices: readonly number[], shape: Shape, index: Index): string | null {
  const strides = stridesOf(shape);
  const base = indices[0] ?? 0;
  const steps = shape.map((n, axis) => (n > 1 ? indices[strides[axis]!]! - base : 0));
  const follows = indices.every((source, position) => {
    const at = unravel(shape, position);
    return source === steps.reduce((total, step, axis) => total + step * Number(at[axis]), base);
  });
  if (!follows || range(shape.length).some((axis) => !/^\w+$/.test(index[axis]!))) return null;
  return linear(
    index.map((at, axis) => ({ at, step: steps[axis]! })),
    base,
  );
}
