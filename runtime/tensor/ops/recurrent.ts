import type { Tensor } from "../graph.ts";
import { shapeText, type Shape } from "../node.ts";
import { add, mul, sigmoid, sub, tanh } from "./elementwise.ts";
import { broadcast, concat, expandAxis, reshape, slice, stack, transpose } from "./layout.ts";
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
  requireFit(x.shape, weights);
  return transpose(stack(lstmSteps(stepsOf(transpose(x, [1, 2, 0])), weights)), [2, 0, 1]);
}

/** The steps of a sequence `[time, in, n]`, each `[in, n]`. */
export function stepsOf(x: Tensor): readonly Tensor[] {
  const [time = 0, width = 0, n = 0] = x.shape;
  const columns = reshape(x, [time * width, n]);
  return Array.from({ length: time }, (_, t) => slice(columns, 0, t * width, (t + 1) * width));
}

/** What a step leaves for the way back: the gates, `w = i g`, `v = f c` of the step before, tanh(c) and h. */
interface LstmStep {
  /** `[in + hidden + 1, n]`: the step's input, the state before it and ones. */
  readonly read: Tensor;
  readonly i: Tensor;
  readonly f: Tensor;
  readonly g: Tensor;
  readonly o: Tensor;
  readonly w: Tensor;
  /** `null` in the first step, which has no state to keep. */
  readonly v: Tensor | null;
  readonly tanh: Tensor;
  readonly h: Tensor;
}

/**
 * The same layer over a sequence that is given step by step, a column for each row of data.
 *
 * Input, state and a one stand below each other, so that one product with the weights is all that a gate adds up, and one
 * product over all steps is its derivative. Each gate has a product of its own, which its activation can be part of. In
 * columns the factor that a product must rearrange is the small one, the state, and not the weights, and gates and states
 * are joined in whole.
 * @param x each step's columns, `[in, n]`
 * @returns the output of each step, `[hidden, n]`
 */
export function lstmSteps(x: readonly Tensor[], weights: LstmWeights): readonly Tensor[] {
  const [first] = x;
  const [width = 0, n = 0] = first?.shape ?? [];
  requireFit([n, x.length, width], weights);
  const { graph } = first!;
  const hidden = weights.recurrent.shape[0]!;
  const ones = broadcast(graph.constant(1), [1, n]);
  const [ofInput, ofState] = [transpose(weights.input), transpose(weights.recurrent)];
  const bias = expandAxis(weights.bias, 1);
  const beginning = concat([ofInput, bias], 1);
  const all = concat([ofInput, ofState, bias], 1);
  const steps: LstmStep[] = [];
  let c: Tensor | null = null;
  for (const now of x) {
    const before = steps.at(-1)?.h;
    const read: Tensor = concat([now, before ?? broadcast(graph.constant(0), [hidden, n]), ones], 0);
    // No product with a state of zeros.
    const [gates, given] = before === undefined ? [beginning, concat([now, ones], 0)] : [all, read];
    const gate = (k: number): Tensor => matmul(slice(gates, 0, k * hidden, (k + 1) * hidden), given);
    const [i, f, g, o] = [sigmoid(gate(0)), sigmoid(gate(1)), tanh(gate(2)), sigmoid(gate(3))];
    const w = mul(i, g);
    const v: Tensor | null = c === null ? null : mul(f, c);
    c = v === null ? w : add(v, w);
    const squashed = tanh(c);
    steps.push({ read, i, f, g, o, w, v, tanh: squashed, h: mul(o, squashed) });
  }
  const outputs = steps.map(({ h }) => h);
  graph.differentiateAs({
    inputs: [...x, weights.input, weights.recurrent, weights.bias],
    outputs,
    adjoints: (adjoints, needed) => lstmAdjoints(steps, weights, adjoints, needed),
  });
  return outputs;
}

/**
 * Backpropagation through time. With `σ′ = σ (1 − σ)` and `tanh′ = 1 − tanh²` each gate's adjoint is written in the
 * products of the way there, `dc w (1 − i)` for the input gate, which is less to compute and to read than their factors.
 */
function lstmAdjoints(
  steps: readonly LstmStep[],
  { input, recurrent, bias }: LstmWeights,
  adjoints: readonly (Tensor | null)[],
  needed: readonly boolean[],
): readonly (Tensor | null)[] {
  const time = steps.length;
  const [rows, hidden] = [input.shape[0]!, recurrent.shape[0]!];
  const ofInputs: (Tensor | null)[] = steps.map(() => null);
  const gates: Tensor[] = [];
  let dh: Tensor | null = null;
  let carried: Tensor | null = null;
  for (let t = time - 1; t >= 0; t--) {
    const { i, f, g, o, w, v, tanh: squashed, h } = steps[t]!;
    dh = sumOf(dh, adjoints[t] ?? null);
    // Nothing reads this step or a later one.
    if (dh === null) continue;
    const through = mul(dh, h);
    const own = sub(mul(dh, o), mul(through, squashed));
    const dc: Tensor = carried === null ? own : add(own, carried);
    const written = mul(dc, w);
    const kept = v === null ? null : mul(dc, v);
    const gate = concat(
      [
        sub(written, mul(written, i)),
        kept === null ? broadcast(h.graph.constant(0), h.shape) : sub(kept, mul(kept, f)),
        sub(mul(dc, i), mul(written, g)),
        sub(through, mul(through, o)),
      ],
      0,
    );
    gates.unshift(gate);
    if (needed[t] === true) ofInputs[t] = matmul(input, gate);
    dh = t === 0 ? null : matmul(recurrent, gate);
    carried = mul(dc, f);
  }
  if (gates.length === 0 || !needed.slice(time).includes(true)) return ofInputs;
  const read = concat(
    steps.slice(0, gates.length).map((step) => step.read),
    1,
  );
  const all = matmul(read, transpose(concat(gates, 1)));
  return [
    ...ofInputs,
    slice(all, 0, 0, rows),
    slice(all, 0, rows, rows + hidden),
    reshape(slice(all, 0, rows + hidden, rows + hidden + 1), bias.shape),
  ];
}

function sumOf(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a === null ? b : b === null ? a : add(a, b);
}

function requireFit(shape: Shape, { input }: LstmWeights): void {
  if (shape.length !== 3 || shape[1] === 0 || input.shape[0] !== shape[2])
    throw new Error(`lstm: ${shapeText(shape)} does not fit weights ${shapeText(input.shape)}.`);
}
