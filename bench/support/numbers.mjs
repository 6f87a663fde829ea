// What the benchmarks draw and how they sum up.

/** Standard normal numbers of a seed: mulberry32 and Box–Muller. */
export function createNormals(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The middle value; of an even number, the lower of the two. */
export const median = (values) => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];
