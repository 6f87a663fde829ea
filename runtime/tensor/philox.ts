/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011): four 32-bit words
 * from a 128-bit counter and a 64-bit key. Being a function of the counter, it has no state to keep or to restore.
 */

/** The counter's upper three words and the key; the lowest counter word counts blocks. */
export interface PhiloxKey {
  readonly counter1: number;
  readonly counter2: number;
  readonly counter3: number;
  readonly key0: number;
  readonly key1: number;
}

const WEYL_0 = 0x9e3779b9 | 0;
const WEYL_1 = 0xbb67ae85 | 0;
const MULTIPLIER_0 = 0xd2511f53 | 0;
const MULTIPLIER_1 = 0xcd9e8d57 | 0;
export const ROUNDS = 10;
/** What the key's words grow by each round. */
export const KEY_STEPS = [WEYL_0, WEYL_1] as const;
export const MULTIPLIERS = [MULTIPLIER_0, MULTIPLIER_1] as const;

/**
 * Fills `out[0 … 4·blocks)` with the words of `blocks` consecutive counters starting at `firstBlock` (a 32-bit word;
 * the caller keeps a run of blocks from wrapping round it).
 */
export function philoxBlocks(key: PhiloxKey, firstBlock: number, blocks: number, out: Uint32Array): void {
  const { counter1, counter2, counter3, key0, key1 } = key;
  for (let b = 0, o = 0; b < blocks; b++, o += 4) {
    let c0 = (firstBlock + b) | 0;
    let c1 = counter1 | 0;
    let c2 = counter2 | 0;
    let c3 = counter3 | 0;
    let k0 = key0 | 0;
    let k1 = key1 | 0;
    for (let round = 0; round < ROUNDS; round++) {
      // High halves of two 32 × 32 → 64 bit products from 16-bit halves: JavaScript has no such integer product.
      const a = c0 & 0xffff;
      const A = c0 >>> 16;
      const midA = (Math.imul(A, 0x1f53) + (Math.imul(a, 0x1f53) >>> 16)) | 0;
      const midB = (Math.imul(a, 0xd251) + (midA & 0xffff)) | 0;
      const high0 = (Math.imul(A, 0xd251) + (midA >>> 16) + (midB >>> 16)) | 0;
      const e = c2 & 0xffff;
      const E = c2 >>> 16;
      const midE = (Math.imul(E, 0x8d57) + (Math.imul(e, 0x8d57) >>> 16)) | 0;
      const midF = (Math.imul(e, 0xcd9e) + (midE & 0xffff)) | 0;
      const high1 = (Math.imul(E, 0xcd9e) + (midE >>> 16) + (midF >>> 16)) | 0;
      const low0 = Math.imul(c0, MULTIPLIER_0);
      const low1 = Math.imul(c2, MULTIPLIER_1);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + WEYL_0) | 0;
      k1 = (k1 + WEYL_1) | 0;
    }
    out[o] = c0;
    out[o + 1] = c1;
    out[o + 2] = c2;
    out[o + 3] = c3;
  }
}
