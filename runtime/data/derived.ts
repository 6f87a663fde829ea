/** One component of a field over columns by position: a `ColumnIR` with its patterns and lists spelt out. */
export type Derived =
  | { readonly op: "source"; readonly column: number }
  | { readonly op: "lag"; readonly of: Derived; readonly steps: number }
  | {
      readonly op: "rolling";
      readonly of: Derived;
      readonly statistic: "mean" | "sd" | "min" | "max" | "sum";
      readonly window: number;
    }
  | {
      readonly op: "map";
      readonly of: Derived;
      readonly fn: "log1p" | "log" | "exp" | "abs" | "square" | "sqrt" | "cube";
    }
  | { readonly op: "scale"; readonly of: Derived; readonly factor: number }
  /** 1 where the value is `value`, else 0. */
  | { readonly op: "indicator"; readonly of: Derived; readonly value: number }
  | { readonly op: "season"; readonly period: "year" | "week" | "day"; readonly wave: "sin" | "cos" };

/** `lag(rolling_sd(r_Hlth, 20), 1)`: the component as a spec would write it for one column. */
export function describe(derived: Derived, names: readonly string[]): string {
  switch (derived.op) {
    case "source":
      return names[derived.column]!;
    case "lag":
      return `lag(${describe(derived.of, names)}, ${derived.steps})`;
    case "rolling":
      return `rolling_${derived.statistic}(${describe(derived.of, names)}, ${derived.window})`;
    case "map":
      return `${derived.fn}(${describe(derived.of, names)})`;
    case "scale":
      return `${describe(derived.of, names)} * ${derived.factor}`;
    case "indicator":
      return `${describe(derived.of, names)} = ${derived.value}`;
    case "season":
      return `${derived.wave}(season("${derived.period}"))`;
  }
}

/** The column that a component reads, `null` for a season. */
export function sourceColumn(derived: Derived): number | null {
  if (derived.op === "source") return derived.column;
  return derived.op === "season" ? null : sourceColumn(derived.of);
}

/** Rows before the current one that a component needs: the leading rows that have no value. */
export function reach(derived: Derived): number {
  switch (derived.op) {
    case "source":
    case "season":
      return 0;
    case "lag":
      return derived.steps + reach(derived.of);
    case "rolling":
      return derived.window - 1 + reach(derived.of);
    case "map":
    case "scale":
    case "indicator":
      return reach(derived.of);
  }
}

/** Rows between the current one and the newest that a component reads. */
export function delay(derived: Derived): number {
  switch (derived.op) {
    case "source":
    case "season":
      return 0;
    case "lag":
      return derived.steps + delay(derived.of);
    case "rolling":
    case "map":
    case "scale":
    case "indicator":
      return delay(derived.of);
  }
}
