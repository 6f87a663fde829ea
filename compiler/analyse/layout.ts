import type { ModelIR, QuantityIR } from "../../runtime/ir/model.ts";
import { sizeOf, type Shape } from "../../runtime/ir/shape.ts";

/** A named part of one of the three vectors. */
export interface Part {
  readonly name: string;
  readonly shape: Shape;
  readonly offset: number;
  readonly size: number;
  readonly quantity: QuantityIR;
}

/** Named parts one after another. */
export interface Layout {
  readonly parts: readonly Part[];
  readonly size: number;
}

/** The decision, outcome and context vectors of a model: blocks and fields in their declared order. */
export interface Layouts {
  readonly decision: Layout;
  readonly outcome: Layout;
  readonly context: Layout;
}

export function layoutOf(quantities: readonly QuantityIR[]): Layout {
  const parts: Part[] = [];
  let offset = 0;
  for (const quantity of quantities) {
    const shape = quantity.axes.map((axis) => axis.size);
    parts.push({ name: quantity.name, shape, offset, size: sizeOf(shape), quantity });
    offset += sizeOf(shape);
  }
  return { parts, size: offset };
}

export function layoutsOf(ir: ModelIR): Layouts {
  return {
    decision: layoutOf(ir.decision.blocks),
    outcome: layoutOf(ir.data.fields.filter((field) => field.role === "outcome")),
    context: layoutOf(ir.data.fields.filter((field) => field.role === "context")),
  };
}

export function namesOf(layout: Layout): ReadonlySet<string> {
  return new Set(layout.parts.map((part) => part.name));
}
