import type { QuantityIR } from "../../runtime/ir/model.ts";
import { axesIR } from "./axes.ts";
import { originOf, type CheckContext } from "./context.ts";
import type { Quantity } from "./quantity.ts";
import { unitIR } from "./unit.ts";

/** A quantity as the IR has it, in its unit as declared. */
export function quantityIR(ctx: CheckContext, quantity: Quantity): QuantityIR {
  const { name, type, at, doc } = quantity;
  return {
    name,
    axes: axesIR(type.axes),
    unit: unitIR(type.unit.written),
    ...(doc === undefined ? {} : { doc }),
    at: originOf(ctx, at),
  };
}
