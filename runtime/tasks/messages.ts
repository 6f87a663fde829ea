import type { Catalogue } from "../errors/droc-error.ts";

/** What can be wrong with the options of a synthetic task. */
export const TASK_MESSAGES = {
  "task-unknown": {
    severity: "error",
    message: "There is no synthetic task `{task}`.{suggestion}",
    why: "The task fixes the law that regret is measured under.",
    help: "Tasks: {known}.",
  },
  "task-option-unknown": {
    severity: "error",
    message: "Task `{task}` has no option `{option}`.{suggestion}",
    why: "An option that is ignored would leave another problem than the one written.",
    help: "Options of `{task}`: {known}.",
  },
  "task-option-invalid": {
    severity: "error",
    message: "Option `{option}` of task `{task}` is {value}.",
    why: "The law is not defined there.",
    help: "Write {expected}.",
  },
} as const satisfies Catalogue;
