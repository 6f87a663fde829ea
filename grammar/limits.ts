/** Largest source read, in bytes of UTF-8. A spec of this size would take days to review. */
export const MAX_SOURCE = 1024 * 1024;
/** Deepest nesting of brackets. */
export const MAX_NESTING = 100;
/** Deepest expression tree, counting operators: keeps recursive walks over the tree within the stack. */
export const MAX_DEPTH = 500;
/** Deepest nesting of expressions, counting brackets and `if … else if …`. */
export const MAX_CONDITIONALS = 150;
/** Most problems reported for one file; reading stops there. */
export const MAX_PROBLEMS = 200;
