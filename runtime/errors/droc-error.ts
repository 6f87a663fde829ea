/** What a code of the catalogue says. Placeholders are `{name}`. */
export interface MessageSpec {
  readonly severity: "error" | "warning" | "note";
  /** What is wrong. */
  readonly message: string;
  /** Why it matters for the decision. */
  readonly why: string;
  /** What to write instead. */
  readonly help: string;
}

/** A catalogue: code → message. Declared once per layer with `satisfies Catalogue`. */
export type Catalogue = Readonly<Record<string, MessageSpec>>;

/** The placeholders of a template, as a union of their names. Braces around spaces (`adam { rate: 1 }`) are text. */
export type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name extends `${string} ${string}`
    ? Placeholders<Rest>
    : Name | Placeholders<Rest>
  : never;

/** Arguments that a message needs: leaving one out does not compile. */
export type MessageArgs<M extends MessageSpec> = Readonly<
  Record<Placeholders<M["message"]> | Placeholders<M["help"]> | Placeholders<M["why"]>, string | number>
>;

/** Replaces every `{name}`. */
export function fillTemplate(template: string, args: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in args ? String(args[name]) : whole));
}
