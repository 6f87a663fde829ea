import { sizeOf, type Shape } from "../tensor/node.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { InputPart } from "./nets/spec.ts";
import type { CorruptionSpec } from "./spec.ts";
import type { PredictorData } from "./types.ts";

/** A corruption at one strength. */
export interface Corruption {
  /** `gaussian 0.05`, `perlin 1`, `cutout 30%` */
  readonly label: string;
  apply(inputs: Float64Array, rows: number, stream: RandomStream): void;
}

/** One corruption a strength, in the order of the spec. */
export function corruptionsOf(specs: readonly CorruptionSpec[], parts: readonly InputPart[]): readonly Corruption[] {
  return specs.flatMap((spec): Corruption[] => {
    switch (spec.kind) {
      case "gaussian":
        return spec.sd.map((sd) => ({
          label: `gaussian ${sd}`,
          apply: (inputs, _rows, stream) => addGaussian(inputs, sd, stream),
        }));
      case "perlin":
        return [
          {
            label: `perlin ${spec.amplitude}`,
            apply: (inputs, rows, stream) =>
              eachPart(parts, inputs, rows, (values, shape, row) =>
                addPerlin(values, shape, spec, stream.child(String(row))),
              ),
          },
        ];
      case "cutout":
        return [
          {
            label: `cutout ${Number((100 * spec.ratio).toPrecision(6))}%`,
            apply: (inputs, rows, stream) =>
              eachPart(parts, inputs, rows, (values, shape, row) =>
                cutOut(values, shape, spec, stream.child(String(row))),
              ),
          },
        ];
    }
  });
}

/** The data set with corrupted inputs; its targets are as they were. */
export function corrupted(data: PredictorData, corruption: Corruption, stream: RandomStream): PredictorData {
  const inputs = data.inputs.slice();
  corruption.apply(inputs, data.rows, stream);
  return { ...data, inputs };
}

/** Calls `change` with the values of each row's fields that have axes: single numbers are neither smooth nor cut. */
function eachPart(
  parts: readonly InputPart[],
  inputs: Float64Array,
  rows: number,
  change: (values: Float64Array, shape: Shape, row: number) => void,
): void {
  const p = parts.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  for (let row = 0; row < rows; row++) {
    let from = row * p;
    for (const { shape } of parts) {
      const to = from + sizeOf(shape);
      if (shape.length > 0) change(inputs.subarray(from, to), shape, row);
      from = to;
    }
  }
}

function addGaussian(inputs: Float64Array, sd: number, stream: RandomStream): void {
  const noise = new Float64Array(inputs.length);
  stream.normal(noise);
  for (let i = 0; i < inputs.length; i++) inputs[i] = inputs[i]! + sd * noise[i]!;
}

/** Weight of each octave against the one before. */
const PERSISTENCE = 0.5;

/** Adds gradient noise (Perlin 1985) of so many octaves, scaled so that its largest absolute value is the amplitude. */
function addPerlin(
  values: Float64Array,
  shape: Shape,
  { octaves, amplitude }: Extract<CorruptionSpec, { kind: "perlin" }>,
  stream: RandomStream,
): void {
  const noise = new Float64Array(values.length);
  for (let octave = 0; octave < octaves; octave++)
    addOctave(noise, shape, 2 ** octave, PERSISTENCE ** octave, stream.child(`octave/${octave}`));
  const largest = noise.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return;
  for (let i = 0; i < values.length; i++) values[i] = values[i]! + (amplitude * noise[i]!) / largest;
}

/**
 * Adds one octave over axes of any number: at each point the gradients of the corners of its cell times the way from
 * them, blended smoothly. Cells are no smaller than a point: finer octaves would be white noise all the same.
 */
function addOctave(noise: Float64Array, shape: Shape, waves: number, weight: number, stream: RandomStream): void {
  const cells = shape.map((length) => Math.min(waves, length));
  const corners = cells.map((count) => count + 2);
  const axes = shape.length;
  const gradients = new Float64Array(sizeOf(corners) * axes);
  stream.normal(gradients);
  const offsets = new Float64Array(axes);
  stream.uniform(offsets);
  const cell = new Int32Array(axes);
  const within = new Float64Array(axes);
  for (let i = 0; i < noise.length; i++) {
    let rest = i;
    for (let axis = axes - 1; axis >= 0; axis--) {
      const length = shape[axis]!;
      const at = ((rest % length) * cells[axis]!) / length + offsets[axis]!;
      rest = Math.floor(rest / length);
      cell[axis] = Math.floor(at);
      within[axis] = at - cell[axis]!;
    }
    let value = 0;
    for (let corner = 0; corner < 2 ** axes; corner++) {
      let index = 0;
      let blend = 1;
      for (let axis = 0; axis < axes; axis++) {
        const far = (corner >> axis) & 1;
        index = index * corners[axis]! + cell[axis]! + far;
        const t = within[axis]!;
        const smooth = t * t * t * (t * (6 * t - 15) + 10);
        blend *= far === 1 ? smooth : 1 - smooth;
      }
      let slope = 0;
      for (let axis = 0; axis < axes; axis++)
        slope += gradients[index * axes + axis]! * (within[axis]! - ((corner >> axis) & 1));
      value += blend * slope;
    }
    noise[i] = noise[i]! + weight * value;
  }
}

/** Replaces a stretch, or a rectangle of the same proportions, by a constant, at a random place (DeVries & Taylor 2017). */
function cutOut(
  values: Float64Array,
  shape: Shape,
  { ratio, value }: Extract<CorruptionSpec, { kind: "cutout" }>,
  stream: RandomStream,
): void {
  const places = new Float64Array(shape.length);
  stream.uniform(places);
  const sides = shape.map((length) => Math.max(1, Math.round(length * ratio ** (1 / shape.length))));
  const starts = shape.map((length, axis) => Math.floor(places[axis]! * (length - sides[axis]! + 1)));
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    let inside = true;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (at < starts[axis]! || at >= starts[axis]! + sides[axis]!) inside = false;
    }
    if (inside) values[i] = value;
  }
}
