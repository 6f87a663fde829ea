import { assumptionTable, needs } from "../analyse/assumptions/index.ts";
import { table } from "./options-page.ts";

/** `docs/assumptions.md`: what each method needs, from the table that the checker uses. */
export function assumptionsPage(): string {
  const parts = [
    "# What each method assumes",
    'Generated from the checker\'s own table by `npm run docs:record`. A spec that breaks a row of the first kind is refused with the row and its source, unless a reviewer accepts it in the open: `waive differentiable_in_outcome because "the jump is at a price that never occurs"`. What is not proved counts as broken; what no check of a spec can decide does not, and `droc explain` says so. Rows of the second kind are what a stronger statement needs: `droc explain` names those that are missing. `000` to `004` are the papers that [methods.md](methods.md) lists.',
    "## Needed for the method to apply",
    table(["method", "assumes that", "name", "source", "without it"], rows("applies")),
    "## Needed for a bound",
    table(["method", "assumes that", "name", "source", "without it"], rows("bound")),
    "## How each is decided",
    table(
      ["name", "decided by", "what to do"],
      Object.entries(assumptionTable).map(([name, { decidedBy, advice }]) => [`\`${name}\``, decidedBy, advice]),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

function rows(kind: (typeof needs)[number]["for"]): string[][] {
  return needs
    .filter((need) => need.for === kind)
    .map(({ method, assumption, otherwise, source }) => {
      const { statement, source: stated } = assumptionTable[assumption];
      return [`\`${method}\``, statement, `\`${assumption}\``, source ?? stated, otherwise];
    });
}
