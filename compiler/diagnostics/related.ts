/** What a related place says. Placeholders are `{name}`. */
export const relatedMessages = {
  declared: "`{name}` is declared here",
  first: "the first one is here",
  "in-unit": "this is in {unit}",
  "declared-unit": "`{name}` is declared in {unit} here",
  "has-shape": "this is {shape}",
  called: "called from here",
  inherited: "inherited by model `{model}` here",
  "imported-here": "imported here",
  "earlier-part": "the other one is here",
} as const;

export type RelatedCode = keyof typeof relatedMessages;
