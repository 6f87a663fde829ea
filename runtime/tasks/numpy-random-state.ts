/**
 * NumPy's legacy `RandomState(seed)`: the Mersenne Twister MT19937 (Matsumoto & Nishimura 1998) with the distributions
 * that NumPy has frozen since version 1.16 (NEP 19), draw for draw. Data that other tools generated with it can so be
 * generated here; everything of droc's own uses counter-based streams (`randomStream`).
 */
export interface NumpyRandomState {
  /** `random_sample()`: uniform in [0, 1) with 53 bits. */
  double(): number;
  /** `uniform(low, high)` */
  uniform(low: number, high: number): number;
  /** `normal()`: the polar method, two values at a time. */
  normal(): number;
  /** `binomial(1, 0.5)`: 0 or 1. */
  coin(): number;
  /** `randint(low, high)`, also a draw of `choice(range(low, high))`: `high` is excluded. */
  integer(low: number, high: number): number;
}

const WORDS = 624;
const SHIFT = 397;

/** @param seed from 0 to 2³² − 1 */
export function numpyRandomState(seed: number): NumpyRandomState {
  const state = new Uint32Array(WORDS);
  state[0] = seed;
  for (let i = 1; i < WORDS; i++) {
    const last = state[i - 1]!;
    state[i] = Math.imul(1_812_433_253, last ^ (last >>> 30)) + i;
  }
  let position = WORDS;
  let spare: number | null = null;

  function refill(): void {
    for (let i = 0; i < WORDS; i++) {
      const mixed = (state[i]! & 0x8000_0000) | (state[(i + 1) % WORDS]! & 0x7fff_ffff);
      state[i] = state[(i + SHIFT) % WORDS]! ^ (mixed >>> 1) ^ ((mixed & 1) === 1 ? 0x9908_b0df : 0);
    }
    position = 0;
  }

  function word(): number {
    if (position === WORDS) refill();
    let y = state[position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  function double(): number {
    const high = word() >>> 5;
    const low = word() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  return {
    double,
    uniform: (low, high) => low + (high - low) * double(),
    normal() {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      for (;;) {
        const a = 2 * double() - 1;
        const b = 2 * double() - 1;
        const square = a * a + b * b;
        if (square >= 1 || square === 0) continue;
        const factor = Math.sqrt((-2 * Math.log(square)) / square);
        spare = factor * a;
        return factor * b;
      }
    },
    // Inversion: the mass of 0 is ½.
    coin: () => (double() > 0.5 ? 1 : 0),
    integer(low, high) {
      const range = high - low - 1;
      const mask = range === 0 ? 0 : 2 ** (32 - Math.clz32(range)) - 1;
      if (range === 0) return low;
      for (;;) {
        const value = (word() & mask) >>> 0;
        if (value <= range) return low + value;
      }
    },
  };
}
