/** A number that a spec may give to a task, as the runtime's own tasks declare theirs. */
interface TaskNumber {
  readonly name: string;
  readonly kind: "integer" | "real";
  readonly minimum: number;
  readonly maximum: number;
  readonly doc: string;
}

const integer = (name: string, minimum: number, maximum: number, doc: string): TaskNumber => ({
  name,
  kind: "integer",
  minimum,
  maximum,
  doc,
});

/** Options of tasks that `std/tasks` declares and the runtime cannot generate yet, by task. */
export const furtherTasks: ReadonlyMap<string, readonly TaskNumber[]> = new Map([
  [
    "shortest_path",
    [
      integer("rows", 2, 100, "nodes from top to bottom of the grid"),
      integer("columns", 2, 100, "nodes from left to right of the grid"),
      integer("features", 1, 1000, "features p of the context"),
      integer("degree", 1, 16, "degree of the polynomial of the context"),
      {
        name: "noise",
        kind: "real",
        minimum: 0,
        maximum: 0.999,
        doc: "half width of the factor of each cost, which is uniform around 1",
      },
      integer("train", 1, 10_000_000, "training rows"),
      integer("validation", 0, 10_000_000, "validation rows"),
      integer("test", 1, 10_000_000, "test rows"),
    ],
  ],
]);
