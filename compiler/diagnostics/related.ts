/** What a related place says. Placeholders are `{name}`. */
export const relatedMessages = {
  declared: "`{name}` is declared here",
  first: "the first one is here",
  "in-unit": "this is {unit}",
  "declared-unit": "`{name}` is declared in {unit} here",
  "takes-part": "`{label}` takes part in it",
  "has-shape": "this is {shape}",
} as const;

export type RelatedCode = keyof typeof relatedMessages;
