import type {
  DataDecl,
  Decl,
  DecisionGroup,
  DimDecl,
  FieldDecl,
  FunctionDecl,
  GraphDecl,
  Ident,
  LossDecl,
  ModelDecl,
  ObserveDecl,
  ParamDecl,
  PresetDecl,
  SetDecl,
  StagesDecl,
  StateDecl,
  TaskDecl,
  UnitDecl,
} from "../../grammar/ast.ts";
import type { Location } from "../source/source-text.ts";
import type { Module } from "./module.ts";
import type { Scope } from "./scope.ts";

/** Something with a name. `scope` is where the names inside its own declaration are looked up. */
export type Entity = EntityBase &
  (
    | { readonly kind: "dim"; readonly decl: DimDecl }
    | { readonly kind: "unit"; readonly decl: UnitDecl }
    | { readonly kind: "param"; readonly decl: ParamDecl }
    | { readonly kind: "fn"; readonly decl: FunctionDecl }
    | { readonly kind: "set"; readonly decl: SetDecl }
    | { readonly kind: "preset"; readonly decl: PresetDecl }
    | { readonly kind: "task"; readonly decl: TaskDecl }
    | { readonly kind: "graph"; readonly decl: GraphDecl }
    | { readonly kind: "model"; readonly decl: ModelDecl; readonly module: Module }
    | { readonly kind: "data"; readonly decl: DataDecl }
    | { readonly kind: "field"; readonly decl: FieldDecl; readonly data: DataDecl }
    | { readonly kind: "decision"; readonly decl: DecisionGroup }
    | { readonly kind: "loss"; readonly decl: LossDecl }
    /** What follows a window: `window y: real[24] -> horizon: real` names `horizon`. */
    | { readonly kind: "horizon"; readonly decl: FieldDecl; readonly data: DataDecl }
    | { readonly kind: "stages"; readonly decl: StagesDecl }
    | { readonly kind: "state"; readonly decl: StateDecl }
    | { readonly kind: "observation"; readonly decl: ObserveDecl }
    /** Stands for a name whose declaration or import failed and was reported: nothing more is said about it. */
    | { readonly kind: "poison" }
  );

interface EntityBase {
  readonly name: string;
  /** The declared name. */
  readonly at: Location;
  readonly scope: Scope;
}

export type EntityKind = Entity["kind"];
export type EntityOf<K extends EntityKind> = Extract<Entity, { readonly kind: K }>;

/** As messages say it. */
export const kindNames: Readonly<Record<EntityKind, string>> = {
  dim: "dim",
  unit: "unit",
  param: "parameter",
  fn: "function",
  set: "set",
  preset: "preset",
  task: "task",
  graph: "graph",
  model: "model",
  data: "data declaration",
  field: "data field",
  decision: "decision",
  loss: "loss",
  horizon: "horizon of a window",
  stages: "name of the stages",
  state: "state",
  observation: "observation",
  poison: "name",
};

/** The entities that a declaration names, in order; a name that recovery could not find names nothing. */
export function entitiesOf(decl: Decl, module: Module, scope: Scope): readonly Entity[] {
  return namedBy(decl, module, scope).filter((entity) => entity.name !== "");
}

function namedBy(decl: Decl, module: Module, scope: Scope): readonly Entity[] {
  const base = (name: Ident): EntityBase => ({
    name: name.name,
    at: { source: module.source, span: name.span },
    scope,
  });
  switch (decl.kind) {
    case "dim":
      return [{ kind: "dim", decl, ...base(decl.name) }];
    case "unit":
      return [{ kind: "unit", decl, ...base(decl.name) }];
    case "param":
      return [{ kind: "param", decl, ...base(decl.name) }];
    case "fn":
      return [{ kind: "fn", decl, ...base(decl.name) }];
    case "set":
      return [{ kind: "set", decl, ...base(decl.name) }];
    case "preset":
      return [{ kind: "preset", decl, ...base(decl.name) }];
    case "task":
      return [{ kind: "task", decl, ...base(decl.name) }];
    case "graph":
      return [{ kind: "graph", decl, ...base(decl.name) }];
    case "data":
      return [
        { kind: "data", decl, ...base(decl.name) },
        ...decl.fields.flatMap((field): Entity[] => {
          const main: Entity = { kind: "field", decl: field, data: decl, ...base(field.name) };
          if (field.horizon === undefined) return [main];
          return [main, { kind: "horizon", decl: field, data: decl, ...base(field.horizon.name) }];
        }),
      ];
    case "decision":
      return decl.groups.flatMap((group) =>
        group.names.map((name): Entity => ({ kind: "decision", decl: group, ...base(name) })),
      );
    case "loss":
      return decl.name === undefined ? [] : [{ kind: "loss", decl, ...base(decl.name) }];
    case "state":
      return [{ kind: "state", decl, ...base(decl.name) }];
    case "stages":
      return [{ kind: "stages", decl, ...base(decl.name) }];
    case "observe":
      return [{ kind: "observation", decl, ...base(decl.name) }];
    case "stage":
      return decl.declarations.flatMap((inner) => (inner.kind === "decision" ? namedBy(inner, module, scope) : []));
    case "seed":
    case "subject-to":
    case "next":
    case "risk":
    case "uncertainty":
    case "ambiguity":
    case "infer":
    case "train":
    case "solve":
    case "compare":
    case "stress":
    case "evaluate":
    case "waive":
      return [];
  }
}
