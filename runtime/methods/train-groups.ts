import type { DwFmSpec, NeuralGeneratorSpec } from "../spec.ts";

/**
 * Models that train in one program, at most. Three take a third to a half of the time of three trainings where the network
 * is small; more gain little beyond and leave fewer programs to spread over workers (bench/tensor/flow-grid.mjs).
 */
const MOST_MEMBERS = 3;

/** Parameters × rows of a step up to which a program's fixed cost outweighs its arithmetic. */
const SMALL_STEP = 4_000_000;

/**
 * Which strengths train together. Every member of a program has the numbers of that program: in another company the last
 * bits may differ, since a library may choose its kernels by size. The groups are therefore a function of the spec alone,
 * never of workers, time or what is finished already; a group has one checkpoint and is finished as a whole.
 */
export function trainingGroups(
  strengths: readonly number[],
  spec: NeuralGeneratorSpec,
  { batch }: Pick<DwFmSpec, "batch">,
  sizes: { readonly context: number; readonly outcome: number },
): readonly (readonly number[])[] {
  // Only flows whose members share their rows train in one program.
  if (spec.kind !== "flow_matching" || spec.coupling === "minibatch_ot") return strengths.map((one) => [one]);
  const widths = [sizes.context + sizes.outcome + 1, ...spec.hidden, sizes.outcome];
  const parameters = widths.slice(1).reduce((sum, width, k) => sum + (widths[k]! + 1) * width, 0);
  const most = parameters * batch <= SMALL_STEP ? MOST_MEMBERS : 1;
  const count = Math.ceil(strengths.length / most);
  // Groups of nearly equal size: the last of 3 + 3 + 1 would keep a worker for one model.
  return Array.from({ length: count }, (_, k) =>
    strengths.slice(Math.floor((k * strengths.length) / count), Math.floor(((k + 1) * strengths.length) / count)),
  );
}
