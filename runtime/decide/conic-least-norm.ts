import { GraphBuilder } from "../ir/builder.ts";
import type { ConicForm } from "../spec.ts";

/** The form whose minimum is the point of least Euclidean norm in the set: its rows without those of scenarios. */
export function leastNormForm(conic: ConicForm): ConicForm {
  const { form } = conic;
  const variables = form.variables.filter(({ repeat }) => repeat === "once");
  const builder = new GraphBuilder();
  const squares = variables
    .filter(({ role }) => role === "decision")
    .map(({ name, shape }) => builder.sum(builder.unary("square", builder.input(name, shape))));
  const total = squares.reduce((sum, square) => builder.binary("add", sum, square), builder.const(0));
  const kept = form.rows.map(({ repeat }) => repeat === "once");
  return {
    ...conic,
    form: {
      ...form,
      variables,
      data: form.data.filter(({ repeat }) => repeat === "once"),
      objective: { fixed: builder.finish(total), scenario: null },
      rows: form.rows.filter((_, i) => kept[i]),
    },
    rowsAt: conic.rowsAt.filter((_, i) => kept[i]),
  };
}
