import type { FieldSpec } from "../spec.ts";
import type { AffineTransform } from "./dataset.ts";

/** Fitted transforms of several fields side by side, and what was noticed while fitting. */
export interface FittedTransform {
  readonly affine: AffineTransform;
  readonly notes: readonly string[];
}

/**
 * Fits the transforms of fields that lie side by side in a rows × width matrix, on the given rows alone. `standardize`
 * takes mean and standard deviation (divided by n), `minmax` least and greatest value; several are composed in order. A
 * component that is constant on those rows is only shifted, and noted.
 */
export function fitTransforms(
  fields: readonly { readonly field: FieldSpec; readonly names: readonly string[] }[],
  matrix: Float64Array,
  width: number,
  rows: Int32Array,
): FittedTransform {
  const shift = new Float64Array(width);
  const scale = new Float64Array(width).fill(1);
  const notes: string[] = [];
  let component = 0;
  for (const { field, names } of fields) {
    for (const name of names) {
      for (const transform of field.transforms) {
        const [centre, spread] = fit(transform, matrix, width, component, rows, shift[component]!, scale[component]!);
        // (v − s)/c with v = (x − shift)/scale is (x − (shift + s·scale)) / (scale·c).
        shift[component] = shift[component]! + centre * scale[component]!;
        if (spread > 0) scale[component] = scale[component]! * spread;
        else notes.push(`${field.name}: ${name} is constant on the training rows; ${transform} only shifts it.`);
      }
      component++;
    }
  }
  return { affine: { shift, scale }, notes };
}

/** `(x − shift) / scale`, rows × width into a new matrix. */
export function applyTransform(affine: AffineTransform, matrix: Float64Array): Float64Array {
  const width = affine.shift.length;
  return matrix.map((value, k) => (value - affine.shift[k % width]!) / affine.scale[k % width]!);
}

/** `x · scale + shift`. */
export function invertTransform(affine: AffineTransform, matrix: Float64Array): Float64Array {
  const width = affine.shift.length;
  return matrix.map((value, k) => value * affine.scale[k % width]! + affine.shift[k % width]!);
}

/** Centre and spread of one component after the affine map fitted so far. */
function fit(
  transform: "standardize" | "minmax",
  matrix: Float64Array,
  width: number,
  component: number,
  rows: Int32Array,
  shift: number,
  scale: number,
): [number, number] {
  let mean = 0;
  let squares = 0;
  let least = Infinity;
  let greatest = -Infinity;
  for (const [i, row] of rows.entries()) {
    const value = (matrix[row * width + component]! - shift) / scale;
    const delta = value - mean;
    mean += delta / (i + 1);
    squares += delta * (value - mean);
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  if (transform === "minmax") return [least, greatest - least];
  // Equal values leave rounding in the squares; it must not be blown up to a spread of 1.
  return [mean, greatest > least ? Math.sqrt(squares / rows.length) : 0];
}
