import type { Graph, Tensor } from "./graph.ts";
import { argsOf, sameShape, shapeText, type DType, type Shape, type TensorNode } from "./node.ts";

/** A named value at the border of a program. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Node that is the port (inputs) or computes it (outputs). */
  readonly node: number;
}

/** A value kept by the executor between calls: each call replaces it by the value of `next`. */
export interface StatePort extends Port {
  readonly next: number;
}

/**
 * A static tensor program: nodes in order, each read by some output. Inputs are filled before a call; states are set
 * once and updated by each call; outputs are read after it.
 */
export interface Program {
  /** All nodes of the graph that the program was made from; an id is a position here. */
  readonly nodes: readonly TensorNode[];
  /** Ids that outputs and states need, each after its arguments. */
  readonly order: readonly number[];
  readonly inputs: readonly Port[];
  readonly states: readonly StatePort[];
  readonly outputs: readonly Port[];
}

export interface ProgramParts {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Inputs that are states, with what each becomes. */
  readonly states?: readonly { readonly current: Tensor; readonly next: Tensor }[];
}

/**
 * Closes a graph into a program that computes what the outputs and the states' next values need and nothing else. All
 * inputs of the graph stay ports, even unread ones, so that a caller may fill them whatever was simplified away.
 */
export function defineProgram(graph: Graph, parts: ProgramParts): Program {
  const states = parts.states ?? [];
  for (const { current, next } of states)
    if (!sameShape(current.shape, next.shape))
      throw new Error(`A state of shape ${shapeText(current.shape)} cannot become one of ${shapeText(next.shape)}.`);
  const nodes = [...graph.nodes];
  const live = nodes.map(() => false);
  for (const tensor of [...Object.values(parts.outputs), ...states.map((s) => s.next)]) live[tensor.id] = true;
  for (let id = nodes.length - 1; id >= 0; id--) if (live[id]) for (const arg of argsOf(nodes[id]!)) live[arg] = true;
  const stateIds = new Set(states.map((s) => s.current.id));
  return {
    nodes,
    order: nodes.map((_, id) => id).filter((id) => live[id]),
    inputs: nodes.flatMap((node, id) =>
      node.op === "input" && !stateIds.has(id) ? [portOf(node.name, graph.tensor(id))] : [],
    ),
    states: states.map(({ current, next }) => {
      const node = graph.node(current);
      if (node.op !== "input") throw new Error("Only an input can be a state.");
      return { ...portOf(node.name, current), next: next.id };
    }),
    outputs: Object.entries(parts.outputs).map(([name, tensor]) => portOf(name, tensor)),
  };
}

function portOf(name: string, { id, shape, dtype }: Tensor): Port {
  return { name, shape, dtype, node: id };
}
