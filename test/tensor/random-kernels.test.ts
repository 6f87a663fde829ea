import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { normalQuantile } from "../../runtime/tensor/normal-quantile.ts";
import { philoxBlocks } from "../../runtime/tensor/philox.ts";
import { CHUNK_BLOCKS, randomKernels } from "../../runtime/tensor/random-kernels.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const KEYS = [
  { counter1: 0, counter2: 0, counter3: 0, key0: 0, key1: 0 },
  { counter1: 0xffffffff, counter2: 0xffffffff, counter3: 0xffffffff, key0: 0xffffffff, key1: 0xffffffff },
  { counter1: 0x85a308d3, counter2: 0x13198a2e, counter3: 0x03707344, key0: 0xa4093822, key1: 0x299f31d0 },
  { counter1: 2 ** 24, counter2: 123_456_789, counter3: -1, key0: 42, key1: -2 },
];

describe("the kernels of random numbers", () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 129, CHUNK_BLOCKS])("give philoxBlocks's words of %d counters", (count) => {
    const { words, blocks } = randomKernels();
    const expected = new Uint32Array(4 * count);
    for (const key of KEYS)
      for (const first of [0, 1, 0x7fffffff, 2 ** 32 - count]) {
        philoxBlocks(key, first, count, expected);
        words.fill(7);
        blocks(key, first, count);
        expect(words.subarray(0, 4 * count)).toEqual(expected);
      }
  });

  it("give the bits of normalQuantile, in the middle, in the tails and where they meet", () => {
    const stream = randomStream(5, "bits");
    const count = 40_003;
    const double = new Float64Array(count);
    const single = new Float32Array(count);
    stream.normal(double, 1);
    stream.normal(single, 1);
    const words = new Uint32Array(4 * Math.ceil((count + 1) / 4));
    // The stream's own words: its uniform numbers have others, so they are made from its key.
    const key = { ...normalKey("bits"), key0: 5, key1: 0 };
    philoxBlocks(key, 0, words.length / 4, words);
    const expected = Float64Array.from(words.subarray(1, count + 1), (word) => normalQuantile((word + 0.5) * 2 ** -32));
    expect(double).toEqual(expected);
    expect(single).toEqual(Float32Array.from(expected));
    const tails = expected.filter((z) => Math.abs(z) > 1.4395).length / count;
    expect(tails).toBeGreaterThan(0.14);
    expect(tails).toBeLessThan(0.16);
  });
});

function normalKey(name: string): { counter1: number; counter2: number; counter3: number } {
  const digest = createHash("sha256").update(name, "utf8").digest();
  return { counter1: 2 ** 24, counter2: digest.readUInt32LE(0), counter3: digest.readUInt32LE(4) };
}
