import { argsOf, shapeText, type NodeLabel, type TensorNode } from "./node.ts";
import type { Program } from "./program.ts";
import { ReferenceExecutor } from "./reference-executor.ts";
import type { Value } from "./value.ts";

/** The first node of a program whose value is not finite though all that it reads is. */
export interface NonFinite {
  readonly node: TensorNode;
  /** NaN or an infinity. */
  readonly value: number;
  /** `the logarithm of …` in words: operation, shape and label. */
  readonly text: string;
  readonly label: NodeLabel | null;
}

/**
 * An executor that runs a program node by node, rounded to float32 after each as the fast executors are, and keeps the
 * first node that makes a value which is not finite. Fill its inputs and states, run it, read `found`.
 */
export class TracingExecutor extends ReferenceExecutor {
  found: NonFinite | null = null;

  constructor(program: Program) {
    const bad = new Set<number>();
    super(program, {
      round: true,
      observe: (id, node, value) => {
        if (node.op === "constant") return;
        const at = value.data.findIndex((v) => !Number.isFinite(v));
        if (at < 0) return;
        bad.add(id);
        if (this.found !== null || argsOf(node).some((arg) => bad.has(arg))) return;
        this.found = describe(node, value, at);
      },
    });
  }
}

function describe(node: TensorNode, value: Value, at: number): NonFinite {
  const what = node.op === "input" ? `the input ${node.name}` : `${node.op} of shape ${shapeText(node.shape)}`;
  const label = node.label ?? null;
  const number = value.data[at]!;
  return { node, value: number, label, text: label === null ? what : `${what} in ${label.text}` };
}
