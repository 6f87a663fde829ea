import type { AmbiguityIR } from "../../runtime/ir/model.ts";
import type { AmbiguitySpec } from "../../runtime/spec.ts";
import { OptionReader, type Choices } from "./choices.ts";
import type { Places } from "./places.ts";

/** @throws Error on a set that is checked and not run yet */
export function lowerAmbiguity({ set: group, at }: AmbiguityIR, places: Places, choices: Choices): AmbiguitySpec {
  const read = new OptionReader(group);
  const chosen = read.has("radius") ? read.choice("radius") : { candidates: [0], by: null };
  const radii = [...new Set(chosen.candidates)].sort((a, b) => a - b);
  const center = read.word("center", ["conditional", "empirical"]);
  const spec: AmbiguitySpec = {
    set: lowerSet(read, group.name, choices),
    radii,
    ...(radii.length > 1 && chosen.by === "cross_validation"
      ? { folds: read.has("folds") ? read.number("folds") : 5 }
      : {}),
    ...(read.has("coverage") ? { coverage: read.number("coverage") } : {}),
    ...(read.has("components") ? { components: read.numbers("components") } : {}),
    center,
    at: places.place(at),
  };
  return choices.lowered(spec, group, { set: "", radii: "radius" });

  function lowerSet(options: OptionReader, name: string, marks: Choices): AmbiguitySpec["set"] {
    switch (name) {
      case "wasserstein":
        return marks.lowered(
          {
            kind: "wasserstein" as const,
            order: orderOf(options),
            norm: options.word("norm", ["l1", "l2", "linf"]),
          },
          group,
          { kind: "" },
        );
      case "kl":
        return { kind: "kl" };
      default:
        throw new Error(`the ambiguity set ${name} cannot be run`);
    }
  }
}

function orderOf(options: OptionReader): 1 | 2 | "infinity" {
  const order = options.value("order");
  if (order === 1 || order === 2 || order === "infinity") return order;
  throw new Error("option order of wasserstein is not 1, 2 or infinity");
}
