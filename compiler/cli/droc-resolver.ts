/**
 * A `node:module` resolve hook: `droc` and `droc/…` imported by an emitted pipeline mean the droc that is running, so
 * that a global installation runs a spec in a folder without `node_modules`. Registered by `registerDroc`.
 */
interface ResolveContext {
  readonly conditions: readonly string[];
  readonly parentURL: string | undefined;
  readonly importAttributes: Readonly<Record<string, string>>;
}
interface Resolved {
  readonly url: string;
  readonly format?: string | null;
  readonly shortCircuit?: boolean;
}

let self = "";

/** `parentURL`: a module inside this installation, against which Node resolves the package's own name. */
export function initialize(data: { readonly parentURL: string }): void {
  self = data.parentURL;
}

export async function resolve(
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Promise<Resolved>,
): Promise<Resolved> {
  if (specifier === "droc" || specifier.startsWith("droc/")) return next(specifier, { ...context, parentURL: self });
  return next(specifier, context);
}
