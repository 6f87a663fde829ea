import type { Pipeline } from "../spec.ts";

/**
 * Names of the n components of a decision, in their order: `order` of a scalar, `z[NoDur]` where the dim has labels,
 * `z[3]` (from 1) and `flow[2,North]` where it has none or there are several.
 */
export function decisionNames({ decision, problem }: Pick<Pipeline, "decision" | "problem">): readonly string[] {
  const n = problem.sizes.decision;
  const blocks = decision ?? [{ name: "z", axes: [{ size: n }] }];
  const names = blocks.flatMap(({ name, axes }) => {
    let places: readonly string[] = [""];
    for (const { size, labels } of axes) {
      const own = Array.from({ length: size }, (_, i) => labels?.[i] ?? String(i + 1));
      places = places.flatMap((place) => own.map((label) => (place === "" ? label : `${place},${label}`)));
    }
    return axes.length === 0 ? [name] : places.map((place) => `${name}[${place}]`);
  });
  if (names.length !== n) throw new Error(`The decision's blocks have ${names.length} components, its problem ${n}.`);
  return names;
}
