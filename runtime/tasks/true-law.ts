import type { RandomStream } from "../tensor/random.ts";

/** The conditional law that a synthetic task draws its outcomes from. */
export interface TrueLaw {
  /**
   * Draws from the true law at one context.
   * @param context p values as the model sees them, that is after the spec's transforms
   * @returns count × d, row-major; a function of the stream's seed and name
   */
  sample(context: Float64Array, count: number, stream: RandomStream): Float64Array;
}

/**
 * A conditional law as a map of noise: one draw consumes `uniforms` numbers of U[0, 1) and `normals` numbers of N(0, 1).
 * Rows of a task and scenarios of its `TrueLaw` go through the same map, so that they cannot disagree.
 */
export interface NoiseMap {
  readonly context: number;
  readonly outcome: number;
  readonly uniforms: number;
  readonly normals: number;
  /** The map at a raw context (p values from `from` on): draw `i` reads its noise at `i · uniforms` and `i · normals`. */
  at(
    contexts: Float64Array,
    from: number,
  ): (uniforms: Float64Array, normals: Float64Array, draw: number, out: Float64Array, to: number) => void;
}

/** `count` draws at one raw context, count × d. */
export function drawAt(map: NoiseMap, context: Float64Array, count: number, stream: RandomStream): Float64Array {
  const { uniforms, normals } = drawNoise(map, count, stream);
  const out = new Float64Array(count * map.outcome);
  const draw = map.at(context, 0);
  for (let i = 0; i < count; i++) draw(uniforms, normals, i, out, i * map.outcome);
  return out;
}

/** One draw at each of `rows` raw contexts, rows × d. */
export function drawRows(map: NoiseMap, contexts: Float64Array, rows: number, stream: RandomStream): Float64Array {
  const { uniforms, normals } = drawNoise(map, rows, stream);
  const out = new Float64Array(rows * map.outcome);
  for (let i = 0; i < rows; i++) map.at(contexts, i * map.context)(uniforms, normals, i, out, i * map.outcome);
  return out;
}

function drawNoise(map: NoiseMap, count: number, stream: RandomStream) {
  const uniforms = new Float64Array(count * map.uniforms);
  const normals = new Float64Array(count * map.normals);
  stream.uniform(uniforms);
  stream.normal(normals);
  return { uniforms, normals };
}
