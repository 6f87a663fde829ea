/** How mathematics is written: characters for a terminal, or LaTeX. */
export interface Notation {
  /** A variable, datum or parameter with its subscripts. */
  symbol(name: string, subscripts: readonly string[]): string;
  readonly times: string;
  readonly transpose: string;
  readonly ones: string;
  readonly le: string;
  readonly eq: string;
  readonly infinity: string;
  group(text: string): string;
  power(base: string, exponent: string): string;
  fraction(above: string, below: string): string;
  norm(text: string, order: "1" | "2" | "∞"): string;
  /** A named function of its arguments. */
  call(name: string, args: readonly string[]): string;
  abs(text: string): string;
  positive(text: string): string;
  vector(parts: readonly string[]): string;
  cases(yes: string, condition: string, no: string): string;
  sum(index: string, from: string, to: string, body: string): string;
  over(name: string, axes: readonly number[]): string;
  number(value: number): string;
}

const greek: ReadonlySet<string> = new Set(
  "alpha beta gamma delta epsilon eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split(" "),
);
const greekLetters: Readonly<Record<string, string>> = {
  alpha: "α",
  beta: "β",
  gamma: "γ",
  delta: "δ",
  epsilon: "ε",
  eta: "η",
  theta: "θ",
  kappa: "κ",
  lambda: "λ",
  mu: "μ",
  nu: "ν",
  xi: "ξ",
  pi: "π",
  rho: "ρ",
  sigma: "σ",
  tau: "τ",
  phi: "φ",
  chi: "χ",
  psi: "ψ",
  omega: "ω",
};

function numberText(value: number): string {
  const rounded = Number(value.toPrecision(6));
  const size = Math.abs(rounded);
  return size > 0 && (size < 1e-3 || size >= 1e7) ? rounded.toExponential() : String(rounded);
}

export const textNotation: Notation = {
  symbol(name, subscripts) {
    const letter = greekLetters[name] ?? name;
    return subscripts.length === 0 ? letter : `${letter}_${subscripts.join(",")}`;
  },
  times: "·",
  transpose: "ᵀ",
  ones: "1",
  le: "≤",
  eq: "=",
  infinity: "∞",
  group: (text) => `(${text})`,
  power: (base, exponent) => (exponent === "2" ? `${base}²` : `${base}^${exponent}`),
  fraction: (above, below) => `${above} / ${below}`,
  norm: (text, order) => `‖${text}‖${{ "1": "₁", "2": "₂", "∞": "∞" }[order]}`,
  call: (name, args) => `${name}(${args.join(", ")})`,
  abs: (text) => `|${text}|`,
  positive: (text) => `[${text}]⁺`,
  vector: (parts) => `(${parts.join(", ")})`,
  cases: (yes, condition, no) => `{${yes} if ${condition}, else ${no}}`,
  sum: (index, from, to, body) => `Σ_{${index}=${from}…${to}} ${body}`,
  over: (name, axes) => `${name}_axis${axes.map((axis) => axis + 1).join(",")}`,
  number: numberText,
};

export const latexNotation: Notation = {
  symbol(name, subscripts) {
    // A name with digits at its end is a letter with a number.
    const [, stem, digits] = /^(.*?)(\d*)$/.exec(name) ?? [name, name, ""];
    const word = stem === "" ? name : stem!;
    const letter = greek.has(word)
      ? `\\${word}`
      : word.length === 1
        ? word
        : `\\mathit{${word.replaceAll("_", "\\_")}}`;
    const under = [...(stem !== "" && digits !== "" ? [digits!] : []), ...subscripts];
    return under.length === 0 ? letter : `${letter}_{${under.join(",")}}`;
  },
  times: " \\cdot ",
  transpose: "^\\top ",
  ones: "\\mathbf{1}",
  le: "\\le",
  eq: "=",
  infinity: "\\infty",
  group: (text) => `\\left(${text}\\right)`,
  power: (base, exponent) => `${base}^{${exponent}}`,
  fraction: (above, below) => `\\frac{${above}}{${below}}`,
  norm: (text, order) => `\\left\\|${text}\\right\\|_{${order === "∞" ? "\\infty" : order}}`,
  call: (name, args) =>
    `\\${["exp", "log", "max", "min"].includes(name) ? name : `operatorname{${name.replaceAll("_", "\\_")}}`}\\left(${args.join(", ")}\\right)`,
  abs: (text) => `\\left|${text}\\right|`,
  positive: (text) => `\\left[${text}\\right]_+`,
  vector: (parts) => `\\left(${parts.join(", ")}\\right)`,
  cases: (yes, condition, no) =>
    `\\begin{cases}${yes} & \\text{if } ${condition}\\\\ ${no} & \\text{otherwise}\\end{cases}`,
  sum: (index, from, to, body) => `\\sum_{${index}=${from}}^{${to}} ${body}`,
  over: (name, axes) => `${name}_{${axes.map((axis) => axis + 1).join(",")}}`,
  number(value) {
    const [mantissa, exponent] = numberText(value).split("e");
    return exponent === undefined ? mantissa! : `${mantissa} \\times 10^{${Number(exponent)}}`;
  },
};

const commands: Readonly<Record<string, string>> = {
  "−": "-",
  "≥": "\\ge",
  "≠": "\\ne",
  "∧": "\\land",
  "∨": "\\lor",
  "…": "\\dots",
  "∈": "\\in",
};

/** LaTeX has commands for the signs that a terminal shows. */
export function latexSigns(text: string): string {
  return text.replaceAll(/[−≥≠∧∨…∈]/g, (sign) => commands[sign] ?? sign);
}
