import { didYouMean } from "../errors/did-you-mean.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { Place } from "../spec.ts";
import { crashPortfolio } from "./crash-portfolio.ts";
import { droTasks } from "./dro.ts";
import { factorPortfolio } from "./factor-portfolio.ts";
import { TASK_MESSAGES } from "./messages.ts";
import { newsvendorMixture } from "./newsvendor-mixture.ts";
import { portfolio } from "./portfolio.ts";
import { pyepoKnapsack, pyepoPortfolio, pyepoShortestPath, pyepoTravellingSalesman } from "./pyepo.ts";
import { edgeCosts, matching, shortestPath, topK } from "./shortest-path.ts";
import type { TaskDefinition, TaskOption, TaskOptions } from "./task.ts";

export type { TaskData, TaskDefinition, TaskOption, TaskOptions, TaskSizes } from "./task.ts";
export type { NoiseMap, TrueLaw } from "./true-law.ts";
export { drawAt } from "./true-law.ts";
export { TASK_MESSAGES } from "./messages.ts";
export { portfolioCovariance } from "./factor-portfolio.ts";
export { numpyRandomState } from "./numpy-random-state.ts";

/** Every synthetic task by the name that a spec uses. */
export const TASKS: ReadonlyMap<string, TaskDefinition> = new Map(
  [
    portfolio,
    crashPortfolio,
    newsvendorMixture,
    shortestPath,
    edgeCosts,
    factorPortfolio,
    topK,
    matching,
    pyepoShortestPath,
    pyepoKnapsack,
    pyepoPortfolio,
    pyepoTravellingSalesman,
    ...droTasks,
  ].map((task) => [task.name, task]),
);

/**
 * The task of a name.
 * @throws RuntimeError `task-unknown`
 */
export function findTask(name: string, place: Place): TaskDefinition {
  const task = TASKS.get(name);
  if (task !== undefined) return task;
  const known = [...TASKS.keys()];
  throw new RuntimeError(
    TASK_MESSAGES,
    "task-unknown",
    { task: name, suggestion: didYouMean(name, known), known: known.join(", ") },
    { place },
  );
}

/**
 * A task's options with defaults for those not given.
 * @throws RuntimeError `task-option-unknown`, `task-option-invalid`
 */
export function completeOptions(
  task: TaskDefinition,
  given: Readonly<Record<string, unknown>>,
  place: Place,
): TaskOptions {
  const known = task.options.map((option) => option.name);
  for (const option of Object.keys(given)) {
    if (known.includes(option)) continue;
    const suggestion = didYouMean(option, known);
    throw new RuntimeError(
      TASK_MESSAGES,
      "task-option-unknown",
      { task: task.name, option, suggestion, known: known.join(", ") },
      { place },
    );
  }
  const options: Record<string, number> = {};
  for (const option of task.options) {
    const value = Object.hasOwn(given, option.name) ? given[option.name] : option.default;
    if (!isValid(option, value)) throw invalidOption(task, option.name, value, expectation(option), place);
    options[option.name] = value;
  }
  const lower = options["stress_lower"];
  const upper = options["stress_upper"];
  if (lower !== undefined && upper !== undefined && lower > upper)
    throw invalidOption(task, "stress_lower", lower, `a number of at most stress_upper, which is ${upper}`, place);
  return options;
}

function isValid(option: TaskOption, value: unknown): value is number {
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (option.kind === "integer" && !Number.isInteger(value)) return false;
  return value >= option.minimum && value <= option.maximum;
}

function expectation(option: TaskOption): string {
  return `${option.kind === "integer" ? "an integer" : "a number"} from ${option.minimum} to ${option.maximum}`;
}

function invalidOption(task: TaskDefinition, option: string, value: unknown, expected: string, place: Place) {
  return new RuntimeError(
    TASK_MESSAGES,
    "task-option-invalid",
    { task: task.name, option, value: String(value), expected },
    { place },
  );
}
