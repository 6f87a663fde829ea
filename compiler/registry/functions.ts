/** A function of expressions as documentation and messages show it; `check` gives it its type rule by name. */
export interface FunctionSchema {
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
  readonly minArguments: number;
  readonly maxArguments: number;
}

const fn = (
  name: string,
  signature: string,
  doc: string,
  minArguments = 1,
  maxArguments = minArguments,
): FunctionSchema => ({ name, signature, doc, minArguments, maxArguments });

/** Every function that an expression can call without importing it. */
export const functions: readonly FunctionSchema[] = [
  fn("abs", "abs(u)", "absolute value"),
  fn("pos", "pos(u)", "max(u, 0)"),
  fn("square", "square(u)", "u²"),
  fn("sqrt", "sqrt(u)", "square root; the unit is halved"),
  fn("exp", "exp(u)", "exponential of a number without a unit"),
  fn("log", "log(u)", "natural logarithm of a number without a unit"),
  fn("log1p", "log1p(u)", "log(1 + u), accurate near zero"),
  fn("softplus", "softplus(u)", "log(1 + exp(u)), a smooth max(u, 0)"),
  fn("max", "max(u, v, …) or max(u over Dim)", "largest of several values, or of the elements of one", 1, 64),
  fn("min", "min(u, v, …) or min(u over Dim)", "smallest of several values, or of the elements of one", 1, 64),
  fn("sum", "sum(u) or sum(u over Dim)", "sum of all elements, or along one dim"),
  fn("mean", "mean(u) or mean(u over Dim)", "average of all elements, or along one dim"),
  fn("dot", "dot(u, v)", "sum of products over the dims of v; a matrix times a vector where u has one dim more", 2),
  fn("sum_squares", "sum_squares(u)", "sum of the squares of all elements"),
  fn("norm1", "norm1(u)", "sum of absolute values"),
  fn("norm2", "norm2(u)", "Euclidean length"),
  fn("norm_inf", "norm_inf(u)", "largest absolute value"),
  fn("quad_form", "quad_form(z, P)", "zᵀ P z", 2),
  fn("softmax", "softmax(u)", "shares that are positive and add up to 1 along the last dim: exp(u) / sum(exp(u))"),
  fn("log_sum_exp", "log_sum_exp(u) or log_sum_exp(u over Dim)", "log of the sum of exponentials, a smooth maximum"),
];
