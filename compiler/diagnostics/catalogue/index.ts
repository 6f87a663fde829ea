import type { Catalogue } from "../../../runtime/errors/droc-error.ts";
import { SYNTAX_PROBLEMS } from "../../../grammar/problems.ts";
import { analyseCatalogue } from "../../analyse/catalogue.ts";
import { dataMessages } from "./data.ts";
import { expressionMessages } from "./expressions.ts";
import { fileMessages } from "./files.ts";
import { nameMessages } from "./names.ts";
import { optionMessages } from "./options.ts";
import { problemMessages } from "./problem.ts";

/** Every message of the compiler by its code: syntax, files, names, expressions, options, data, problem, analyses. */
export const catalogue = {
  ...SYNTAX_PROBLEMS,
  ...fileMessages,
  ...nameMessages,
  ...expressionMessages,
  ...optionMessages,
  ...dataMessages,
  ...problemMessages,
  ...analyseCatalogue,
} as const satisfies Catalogue;

export type Code = keyof typeof catalogue;
