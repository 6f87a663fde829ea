import { createHash } from "node:crypto";
import { CENTRE } from "./normal-quantile.ts";
import type { PhiloxKey } from "./philox.ts";
import { CHUNK_BLOCKS, randomKernels } from "./random-kernels.ts";

/**
 * An endless sequence of random numbers fixed by a seed and a name: the value at a position depends on (seed, name,
 * position) alone, never on what was drawn before or on which executor reads it. `uniform`, `normal`, `integers` and
 * `permutation` of one stream are independent of each other.
 */
export interface RandomStream {
  readonly seed: number;
  readonly name: string;
  /** The stream named `this.name/name`. */
  child(name: string): RandomStream;
  /**
   * Fills `out` with numbers in [0, 1): multiples of 2⁻³² in a Float64Array; the same numbers cut to multiples of 2⁻²⁴
   * in a Float32Array, so that none rounds to 1.
   * @param position index in the stream of `out[0]`; 0 unless given
   */
  uniform(out: Float32Array | Float64Array, position?: number): void;
  /** Fills `out` with standard normal numbers: the quantile at (word + ½)·2⁻³², computed in float64, |value| < 6.4. */
  normal(out: Float32Array | Float64Array, position?: number): void;
  /** Fills `out` with integers in [0, bound), each with probability 1/bound to within 2⁻³². */
  integers(out: Int32Array, bound: number, position?: number): void;
  /** A uniformly drawn order of 0 … n − 1 (Fisher–Yates). */
  permutation(n: number): Int32Array;
}

/** What a sequence is for: part of the counter, so that two uses of one stream share no words. */
const USE = { uniform: 0, normal: 1, integers: 2, permutation: 3 } as const;

const WORD = 2 ** -32;
const HALF = 2 ** 31;
/** A word less 2³¹ is the word with this bit turned, as a signed number. */
const SIGN = 1 << 31;
/** `fromHalf` of the words with `|u − ½| ≤ CENTRE`, u = (word + ½)·2⁻³², is at most this. */
const MIDDLE = Math.floor(CENTRE / WORD - 0.5);

/** How many words lie between a word and the middle, for the word less 2³¹. */
function fromHalf(signed: number): number {
  return signed ^ (signed >> 31);
}

/** Where the numbers of one chunk that are in the tails belong: scratch of one synchronous call. */
const tailPlaces = new Uint32Array(4 * CHUNK_BLOCKS);

/**
 * The stream of a seed and a name such as `train/noise`.
 * @param seed an integer of at most 53 bits
 * @throws RangeError where the seed is not a safe integer
 */
export function randomStream(seed: number, name: string): RandomStream {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`The seed must be an integer, not ${seed}.`);
  const digest = createHash("sha256").update(name, "utf8").digest();
  const nameHash = { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
  return {
    seed,
    name,
    child: (part) => randomStream(seed, `${name}/${part}`),
    uniform(out, position = 0) {
      if (out instanceof Float32Array) {
        eachChunk(seed, nameHash, USE.uniform, position, out.length, (from, to, at, words) => {
          for (let i = from, w = at; i < to; i++, w++) out[i] = (words[w]! >>> 8) * 2 ** -24;
        });
        return;
      }
      eachChunk(seed, nameHash, USE.uniform, position, out.length, (from, to, at, words) => {
        for (let i = from, w = at; i < to; i++, w++) out[i] = words[w]! * WORD;
      });
    },
    normal(out, position = 0) {
      const precision = out instanceof Float32Array ? "single" : "double";
      eachChunk(seed, nameHash, USE.normal, position, out.length, (from, to, at, words) => {
        const kernels = randomKernels();
        kernels.centres(precision, at + to - from);
        out.set(kernels[precision].subarray(at, at + to - from), from);
        const { tails } = kernels;
        // Without branches, which for random numbers are mispredicted: that would take longer than all else here.
        let count = 0;
        for (let i = 0, w = at; i < to - from; i++, w++) {
          tailPlaces[count] = i;
          count += (MIDDLE - fromHalf(words[w]! ^ SIGN)) >>> 31;
        }
        for (let k = 0; k < count; k++)
          tails[k] = -Math.log((HALF - 0.5 - fromHalf(words[at + tailPlaces[k]!]! ^ SIGN)) * WORD);
        kernels.magnitudes(count);
        for (let k = 0; k < count; k++) {
          const place = tailPlaces[k]!;
          out[from + place] = (((words[at + place]! ^ SIGN) >> 31) | 1) * tails[k]!;
        }
      });
    },
    integers(out, bound, position = 0) {
      if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 31)
        throw new RangeError(`The bound must be an integer from 1 to 2^31, not ${bound}.`);
      eachChunk(seed, nameHash, USE.integers, position, out.length, (from, to, at, words) => {
        for (let i = from, w = at; i < to; i++, w++) out[i] = Math.floor(words[w]! * WORD * bound);
      });
    },
    permutation(n) {
      const order = Int32Array.from({ length: n }, (_, i) => i);
      eachChunk(seed, nameHash, USE.permutation, 0, n, (from, to, at, words) => {
        for (let i = from, w = at; i < to; i++, w++) {
          const j = i + Math.floor(words[w]! * WORD * (n - i));
          const held = order[i]!;
          order[i] = order[j]!;
          order[j] = held;
        }
      });
      return order;
    },
  };
}

/**
 * Generates the words of positions `position … position + count − 1` chunk by chunk; `visit(from, to, at)` reads
 * outputs `from … to − 1` out of `words[at …]`.
 */
function eachChunk(
  seed: number,
  nameHash: { readonly low: number; readonly high: number },
  use: number,
  position: number,
  count: number,
  visit: (from: number, to: number, at: number, words: Uint32Array) => void,
): void {
  if (!Number.isSafeInteger(position) || position < 0)
    throw new RangeError(`The position must be a non-negative integer, not ${position}.`);
  let block = Math.floor(position / 4);
  let at = position - 4 * block;
  const kernels = randomKernels();
  for (let from = 0; from < count;) {
    const low = block % 2 ** 32;
    const blocks = Math.min(CHUNK_BLOCKS, Math.ceil((at + count - from) / 4), 2 ** 32 - low);
    const key: PhiloxKey = {
      counter1: Math.floor(block / 2 ** 32) + use * 2 ** 24,
      counter2: nameHash.low,
      counter3: nameHash.high,
      key0: seed,
      key1: Math.floor(seed / 2 ** 32),
    };
    kernels.blocks(key, low, blocks);
    const to = Math.min(count, from + 4 * blocks - at);
    visit(from, to, at, kernels.words);
    from = to;
    at = 0;
    block += blocks;
  }
}
