import type { ModelIR } from "../../../runtime/ir/model.ts";
import type { Layout, Part } from "../layout.ts";

/** A number as a spec would write it, to at most six digits. */
export function numberText(value: number): string {
  const rounded = Number(value.toPrecision(6)) + 0;
  const size = Math.abs(rounded);
  return size > 0 && size < 1e-3 ? rounded.toExponential() : String(rounded);
}

/** A component of the decision as a spec writes it: `q`, `z[3]`, `z["tea", 2]`. */
export function componentName(ir: ModelIR, decision: Layout, component: number): string {
  const part = decision.parts.find(({ offset, size }) => component >= offset && component < offset + size);
  if (part === undefined) throw new Error(`the decision has no component ${component}`);
  return part.shape.length === 0
    ? part.name
    : `${part.name}[${indicesOf(ir, part, component - part.offset).join(", ")}]`;
}

function indicesOf(ir: ModelIR, part: Part, element: number): readonly string[] {
  const indices: string[] = [];
  let rest = element;
  for (let axis = part.shape.length - 1; axis >= 0; axis--) {
    const size = part.shape[axis]!;
    const labels = ir.dims.find((dim) => dim.name === part.quantity.axes[axis]?.dim)?.labels;
    const index = rest % size;
    indices.unshift(labels === undefined ? String(index) : JSON.stringify(labels[index]));
    rest = Math.floor(rest / size);
  }
  return indices;
}

/** ``` `a` ```, ``` `a` and `b` ```, ``` `a`, `b` and 3 more ```. */
export function listOf(texts: readonly string[], most = 4): string {
  const distinct = [...new Set(texts)];
  const shown =
    distinct.length > most ? [...distinct.slice(0, most - 1), `${distinct.length - most + 1} more`] : distinct;
  const last = shown.at(-1) ?? "";
  return shown.length <= 1 ? last : `${shown.slice(0, -1).join(", ")} and ${last}`;
}
