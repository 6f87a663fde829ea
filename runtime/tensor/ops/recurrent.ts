import type { Tensor } from "../graph.ts";
import { shapeText, type Shape } from "../node.ts";
import { add, mul, sigmoid, sub, tanh } from "./elementwise.ts";
import { broadcast, concat, expandAxis, reshape, slice, stack, swapAxes } from "./layout.ts";
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
  const [n = 0, time = 0, width = 0] = x.shape;
  requireFit(x.shape, time, weights);
  const rows = reshape(swapAxes(x, 0, 1), [time * n, width]);
  return stack(lstmSteps(stepsOf(rows, time), weights), 1);
}

/** The rows of each step of a sequence, the first step's first: `[time · n, in]` in parts of `[n, in]`. */
export function stepsOf(rows: Tensor, time: number): readonly Tensor[] {
  const n = rows.shape[0]! / time;
  return Array.from({ length: time }, (_, t) => slice(rows, 0, t * n, (t + 1) * n));
}

/** What a step leaves for the way back: the gates, `w = i g`, `v = f c` of the step before, tanh(c) and h. */
interface LstmStep {
  /** `[n, in + hidden + 1]`: the step's input, the state before it and ones. */
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
 * The same layer over a sequence that is given step by step.
 *
 * Input, state and a one stand side by side, so that one product with the weights below each other is all that the gates
 * add up, and one product over all steps is their derivative.
 * @param x each step's rows, `[n, in]`
 * @returns the output of each step, `[n, hidden]`
 */
export function lstmSteps(x: readonly Tensor[], weights: LstmWeights): readonly Tensor[] {
  const [first] = x;
  const [n = 0, width = 0] = first?.shape ?? [];
  requireFit([x.length, n, width], x.length, weights);
  const { graph } = first!;
  const hidden = weights.recurrent.shape[0]!;
  const bias = expandAxis(weights.bias, 0);
  const ones = broadcast(graph.constant(1), [n, 1]);
  const all = concat([weights.input, weights.recurrent, bias], 0);
  const steps: LstmStep[] = [];
  let c: Tensor | null = null;
  for (const now of x) {
    const before = steps.at(-1)?.h;
    const read: Tensor = concat([now, before ?? broadcast(graph.constant(0), [n, hidden]), ones], 1);
    // No product with a state of zeros.
    const gates: Tensor =
      before === undefined ? matmul(concat([now, ones], 1), concat([weights.input, bias], 0)) : matmul(read, all);
    const gate = (k: number): Tensor => slice(gates, 1, k * hidden, (k + 1) * hidden);
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
      1,
    );
    gates.unshift(gate);
    if (needed[t] === true) ofInputs[t] = matmul(gate, swapAxes(input, 0, 1));
    dh = t === 0 ? null : matmul(gate, swapAxes(recurrent, 0, 1));
    carried = mul(dc, f);
  }
  if (gates.length === 0 || !needed.slice(time).includes(true)) return ofInputs;
  const read = concat(
    steps.slice(0, gates.length).map((step) => step.read),
    0,
  );
  const all = matmul(swapAxes(read, 0, 1), concat(gates, 0));
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

function requireFit(shape: Shape, time: number | undefined, { input }: LstmWeights): void {
  if (shape.length !== 3 || time === 0 || input.shape[0] !== shape[2])
    throw new Error(`lstm: ${shapeText(shape)} does not fit weights ${shapeText(input.shape)}.`);
}
