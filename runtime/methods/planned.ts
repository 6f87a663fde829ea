import type { Plan, PlannedMethod, TunedMethod } from "./plan.ts";

/** A method of the plan, or one that a choice on validation tries. @throws Error where there is none */
export function plannedMethod(plan: Plan, id: string): PlannedMethod {
  const found = everyMethod(plan).find((method) => method.id === id);
  if (found === undefined) throw new Error(`no method is called ${id}`);
  return found;
}

/** The methods of the plan, each choice on validation replaced by what it chooses from. */
export function everyMethod({ methods }: Plan): readonly PlannedMethod[] {
  return methods.flatMap((method): readonly PlannedMethod[] => (isTuned(method) ? method.how.candidates : [method]));
}

export function isTuned(method: PlannedMethod): method is TunedMethod {
  return method.how.kind === "tuned";
}
