import type { Tensor } from "../graph.ts";
import { shapeText, type Shape } from "../node.ts";
import { add, mul, sigmoid, tanh } from "./elementwise.ts";
import { reshape, slice, stack, swapAxes } from "./layout.ts";
import { matmul } from "./product.ts";

/** Weights of one LSTM layer; the four gates lie side by side: input, forget, cell, output. */
export interface LstmWeights {
  /** `[in, 4 · hidden]` */
  readonly input: Tensor;
  /** `[hidden, 4 · hidden]` */
  readonly recurrent: Tensor;
  /** `[4 · hidden]` */
  readonly bias: Tensor;
}

/**
 * One LSTM layer over a sequence (Hochreiter & Schmidhuber 1997, with forget gates), unrolled, from a state of zeros:
 * `c ← σ(f) c + σ(i) tanh(g)`, `h ← σ(o) tanh(c)`.
 * @param x `[n, time, in]`
 * @returns `[n, time, hidden]`: every step's output
 */
export function lstm(x: Tensor, weights: LstmWeights): Tensor {
  requireFit(x.shape, x.shape[1], weights);
  return stack(lstmSteps(swapAxes(x, 0, 1), weights), 1);
}

/**
 * The same layer over a sequence whose first axis is time, so that each step's rows lie together.
 * @param x `[time, n, in]`
 * @returns the output of each step, `[n, hidden]`
 */
export function lstmSteps(x: Tensor, weights: LstmWeights): readonly Tensor[] {
  const [time = 0, n = 0, width = 0] = x.shape;
  const hidden = weights.recurrent.shape[0]!;
  requireFit(x.shape, time, weights);
  // What the inputs add to the gates does not depend on the state: one product for all steps.
  const product = matmul(reshape(x, [time * n, width]), weights.input);
  const fromInput = add(product, weights.bias);
  let h: Tensor | null = null;
  let c: Tensor | null = null;
  const outputs: Tensor[] = [];
  for (let t = 0; t < time; t++) {
    const now: Tensor = slice(fromInput, 0, t * n, (t + 1) * n);
    const gates: Tensor = h === null ? now : add(matmul(h, weights.recurrent), now);
    const gate = (k: number): Tensor => slice(gates, 1, k * hidden, (k + 1) * hidden);
    const written = mul(sigmoid(gate(0)), tanh(gate(2)));
    c = c === null ? written : add(mul(sigmoid(gate(1)), c), written);
    h = mul(sigmoid(gate(3)), tanh(c));
    outputs.push(h);
  }
  return outputs;
}

function requireFit(shape: Shape, time: number | undefined, { input }: LstmWeights): void {
  if (shape.length !== 3 || time === 0 || input.shape[0] !== shape[2])
    throw new Error(`lstm: ${shapeText(shape)} does not fit weights ${shapeText(input.shape)}.`);
}
