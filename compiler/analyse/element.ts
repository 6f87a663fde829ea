import type { GraphBuilder } from "../../runtime/ir/builder.ts";
import { isBinary, isReduce, isUnary } from "../../runtime/ir/scalar-ops.ts";
import { broadcastIndices, reduceIndices, sizeOf } from "../../runtime/ir/shape.ts";

/** The scalar that is element `i` of a value, with the choice of the element moved inwards as far as it goes. */
export function elementOf(b: GraphBuilder, id: number, i: number): number {
  const node = b.node(id);
  const { at } = node;
  const inner = (arg: number, index: number): number => elementOf(b, arg, index);
  if (isUnary(node)) return b.unary(node.op, inner(node.args[0], i), at);
  if (isBinary(node)) return b.binary(node.op, inner(node.args[0], i), inner(node.args[1], i), at);
  if (isReduce(node)) {
    if (node.shape.length === 0) return id;
    const group = membersOf(b, id, i);
    const members = b.concat(
      group.map((index) => inner(node.args[0], index)),
      [group.length],
    );
    return b.reduce(node.op, members, undefined, at);
  }
  switch (node.op) {
    case "const":
    case "input":
    case "softmax":
      return b.gather(id, [i], [], at);
    case "broadcast":
      return inner(node.args[0], broadcastIndices(b.shape(node.args[0]), node.shape, node.axes)[i]!);
    case "gather":
      return inner(node.args[0], node.indices[i]!);
    case "where":
      return b.where(inner(node.args[0], i), inner(node.args[1], i), inner(node.args[2], i), at);
    case "concat": {
      let start = 0;
      for (const part of node.args) {
        const size = sizeOf(b.shape(part));
        if (i < start + size) return inner(part, i - start);
        start += size;
      }
      throw new Error(`element ${i} is beyond the concatenation`);
    }
    case "matmul": {
      const shared = b.shape(node.args[0])[1]!;
      const columns = node.shape[1]!;
      const [row, column] = [Math.floor(i / columns), i % columns];
      let total = b.const(0);
      for (let k = 0; k < shared; k++) {
        const term = b.binary("mul", inner(node.args[0], row * shared + k), inner(node.args[1], k * columns + column));
        total = b.binary("add", total, term, at);
      }
      return total;
    }
    case "transpose": {
      const rows = node.shape[0]!;
      const columns = node.shape[1]!;
      return inner(node.args[0], (i % columns) * rows + Math.floor(i / columns));
    }
  }
}

/** Flat indices, in the argument of a reduction, of what falls into its element `i`. */
export function membersOf(b: GraphBuilder, id: number, i: number): readonly number[] {
  const node = b.node(id);
  if (!isReduce(node)) throw new Error(`${node.op} is no reduction`);
  const members: number[] = [];
  reduceIndices(b.shape(node.args[0]), node.axes).forEach((into, from) => {
    if (into === i) members.push(from);
  });
  return members;
}

/** The number that every element of a constant is, whether or not it is a parameter; `null` for anything else. */
export function numberOf(b: GraphBuilder, id: number): number | null {
  const node = b.node(id);
  if (node.op === "broadcast") return numberOf(b, node.args[0]);
  if (node.op !== "const" || node.value.length === 0) return null;
  return node.value.every((value) => value === node.value[0]) ? node.value[0]! : null;
}
