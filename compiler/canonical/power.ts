import type { ExprNode } from "../../runtime/ir/expr.ts";
import { numberOf } from "../analyse/element.ts";
import type { Reducer } from "./reduce.ts";
import type { RowSource, Workspace } from "./workspace.ts";

/**
 * Rows for `base ^ p`, p a constant. Few second-order cones express p ∈ {−2, −1, −1/2, 1/2, 3/2, 3, 4}; any other
 * power stays a smooth row. Powers that are not whole restrict the base to where they are defined.
 *
 * @returns false, with nothing written, where the exponent is no constant or the base has no bound of the right side
 */
export function reducePower(
  ws: Workspace,
  reducer: Reducer,
  id: number,
  sense: 1 | -1,
  t: number,
  source: RowSource,
): boolean {
  const { builder: b, facts } = ws;
  const node = b.node(id);
  if (node.op !== "pow") throw new Error(`${node.op} is no power`);
  const base = node.args[0];
  const p = numberOf(b, node.args[1]);
  if (p === null) return false;
  const even = Number.isInteger(p) && p > 0 && p % 2 === 0;
  // Below zero a whole power that is not even is another function.
  if (Number.isInteger(p) && !even && facts.sign(base) !== 1) return false;
  const v = even ? reducer.magnitude(base) : along(p < 0 ? -1 : sense);
  if (v === null) return false;
  const one = b.const(1, b.shape(t));
  write(p, v);
  return true;

  function along(side: 1 | -1): number | null {
    return facts.bends(base, side) ? reducer.bound(base, side) : null;
  }

  function write(p: number, v: number): void {
    switch (p) {
      case -1:
        product(one, t, v);
        return;
      case -2: {
        const inverse = between("1 / base");
        product(one, inverse, v);
        product(inverse, t, one);
        return;
      }
      case -0.5: {
        const root = between("√base");
        product(root, v, one);
        product(one, t, root);
        return;
      }
      case 0.5:
        product(t, v, one);
        return;
      case 1.5: {
        const root = between("√base");
        product(v, t, root);
        product(root, v, one);
        return;
      }
      case 3: {
        const squared = between("base²");
        product(v, squared, one);
        product(squared, t, v);
        return;
      }
      case 4: {
        const squared = between("base²");
        product(v, squared, one);
        product(squared, t, one);
        return;
      }
      default: {
        if (!even) ws.linear(b.const(0, b.shape(v)), "<=", v, source);
        const power = b.binary("pow", v, b.const(p, b.shape(v)), node.at);
        ws.smooth(sense === 1 ? b.binary("sub", power, t) : b.binary("sub", t, power), source);
      }
    }
  }

  /** `u² ≤ x · y` with `x, y ≥ 0` */
  function product(u: number, x: number, y: number): void {
    ws.soc([b.binary("mul", b.const(2), u), b.binary("sub", x, y)], b.binary("add", x, y), source);
  }

  function between(text: string): number {
    const { shape }: ExprNode = node;
    return ws.auxiliary({ base: "w", shape, repeat: facts.repeat(id), role: "cone", text, lower: 0, at: node.at });
  }
}
