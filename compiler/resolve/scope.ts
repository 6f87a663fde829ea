import type { Entity } from "./entity.ts";

/** Where names are looked up. Units have names of their own, so that an outcome `item` may be counted in `item`. */
export interface Scope {
  lookup(name: string): Entity | null;
  lookupUnit(name: string): Entity | null;
  /** For suggestions. */
  names(): readonly string[];
  unitNames(): readonly string[];
}

/** Own names first, then those of `outer`. Maps, since a name may be `__proto__`. */
export function createScope(
  own: { readonly values: ReadonlyMap<string, Entity>; readonly units: ReadonlyMap<string, Entity> },
  outer: Scope | null,
): Scope {
  return {
    lookup: (name) => own.values.get(name) ?? outer?.lookup(name) ?? null,
    lookupUnit: (name) => own.units.get(name) ?? outer?.lookupUnit(name) ?? null,
    names: () => [...own.values.keys(), ...(outer?.names() ?? [])],
    unitNames: () => [...own.units.keys(), ...(outer?.unitNames() ?? [])],
  };
}

export const emptyScope: Scope = createScope({ values: new Map(), units: new Map() }, null);
