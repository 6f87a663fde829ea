import type { expressionMessages } from "../../diagnostics/catalogue/expressions.ts";
import type { DiagnosticExample } from "./example.ts";

const dims = "dim Asset = 3";
const param = "param gamma = 2.0";
const price = "param price: real<usd/item> = 3.0";
const loss = "loss L(z, s) = -dot(s, z)";
const risk = "risk mean(L) + gamma * cvar(L, level = 90%)";

/** Types, shapes and units: a wrong and a right spec for each code. */
export const expressionExamples: Readonly<Record<keyof typeof expressionMessages, DiagnosticExample>> = {
  "dim-mismatch": {
    of: loss,
    wrong: "loss L(z, s, x) = -sum(x * z)",
    right: "loss L(z, s) = -sum(s * z)",
  },
  "shape-mismatch": {
    of: param,
    wrong: "param gamma = 2.0\nparam fee: real[Asset] = [0.1, 0.2]",
    right: "param gamma = 2.0\nparam fee: real[Asset] = [0.1, 0.2, 0.2]",
  },
  "unit-mismatch": {
    of: loss,
    wrong: "loss L(z, s) = price - dot(s, z)",
    right: "loss L(z, s) = gamma - dot(s, z)",
  },
  "unit-expected": {
    of: price,
    wrong: "param price: real<usd/item> = 3.0\nparam fee: real<usd> = price",
    right: "param price: real<usd/item> = 3.0\nparam fee: real<usd/item> = price",
  },
  "unit-not-plain": {
    of: price,
    wrong: "param price: real<usd/item> = 3.0\nparam growth = exp(price)",
    right: "param price: real<usd/item> = 3.0\nparam today: real<usd/item> = 2.0\nparam growth = exp(price / today)",
  },
  "unit-expression": {
    of: "unit item",
    wrong: "unit item\nunit bundle = usd + item",
    right: "unit item\nunit bundle = 12 * item",
  },
  "type-mismatch": {
    of: loss,
    wrong: "loss L(z, s) = if gamma then -dot(s, z) else -2 * dot(s, z)",
    right: "loss L(z, s) = if gamma > 1 then -dot(s, z) else -2 * dot(s, z)",
  },
  "power-exponent": {
    of: loss,
    wrong: "loss L(z, s) = -dot(s, z) + 2 ^ s[0]",
    right: "loss L(z, s) = -dot(s, z) + exp(log(2) * s[0])",
  },
  "unit-power": {
    of: price,
    wrong: "param price: real<usd/item> = 3.0\nparam root = price ^ 0.3 / price",
    right: "param price: real<usd/item> = 3.0\nparam today: real<usd/item> = 2.0\nparam root = (price / today) ^ 0.3",
  },
  "not-constant": {
    of: risk,
    wrong: "risk cvar(L, level = z[0])",
    right: "risk cvar(L, level = 90%)",
  },
  "not-finite": { of: param, wrong: "param gamma = 1 / 0", right: "param gamma = 1 / 2" },
  "dim-size": { of: dims, wrong: "dim Asset = 2.5", right: "dim Asset = 3" },
  "dim-label-duplicate": {
    of: dims,
    wrong: 'dim Asset = ["bonds", "shares", "shares"]',
    right: 'dim Asset = ["bonds", "shares", "cash"]',
  },
  "shape-too-large": {
    of: param,
    wrong: "param gamma = 2.0\nparam cost: real[10_000, 10_000] = 1",
    right: "param gamma = 2.0\nparam cost: real[100, 100] = 1",
  },
  "expression-too-large": {
    of: loss,
    wrong: {
      text: () => `${tenfold("a", "abs")}${tenfold("b", "a")}${tenfold("c", "b")}${tenfold("d", "c")}${tenfold("e", "d")}
loss L(z, s) = -dot(s, z) + e(z[0])`,
      shows:
        "fn a(u) = abs(u) + abs(u) + …    // ten times\nfn b(u) = a(u) + a(u) + …\nfn c(u) = b(u) + b(u) + …\nfn d(u) = c(u) + c(u) + …\nfn e(u) = d(u) + d(u) + …\nloss L(z, s) = -dot(s, z) + e(z[0])    // 100,000 operations",
    },
    right: "param scale = 1e5\nloss L(z, s) = -dot(s, z) + scale * abs(z[0])",
  },
  "index-count": { of: loss, wrong: "loss L(z, s) = -dot(s, z) + z[0, 1]", right: "loss L(z, s) = -dot(s, z) + z[0]" },
  "index-range": { of: loss, wrong: "loss L(z, s) = -dot(s, z) + z[3]", right: "loss L(z, s) = -dot(s, z) + z[2]" },
  "index-label": {
    of: `${dims}`,
    wrong: 'dim Asset = ["bonds", "shares", "cash"]\nparam fee: real[Asset] = 0.1\nparam least = fee["share"]',
    right: 'dim Asset = ["bonds", "shares", "cash"]\nparam fee: real[Asset] = 0.1\nparam least = fee["shares"]',
  },
  "over-missing-dim": {
    of: loss,
    wrong: "dim Day = 5\nloss L(z, s) = -sum(s * z over Day)",
    right: "loss L(z, s) = -sum(s * z over Asset)",
  },
  "argument-count": { of: loss, wrong: "loss L(z, s) = -dot(s, z, s)", right: "loss L(z, s) = -dot(s, z)" },
  "argument-unknown": { of: risk, wrong: "risk cvar(L, alpha = 10%)", right: "risk cvar(L, tail = 10%)" },
  "argument-twice": {
    of: loss,
    wrong: "fn shortfall(u, aim = 0) = pos(aim - u)\nloss L(z, s) = shortfall(dot(s, z), u = 1)",
    right: "fn shortfall(u, aim = 0) = pos(aim - u)\nloss L(z, s) = shortfall(dot(s, z), aim = 1)",
  },
  "not-an-expression": {
    of: loss,
    wrong: 'loss L(z, s) = -dot(s, z) + "fee"',
    right: "loss L(z, s) = -dot(s, z) + 0.1",
  },
  "list-mixed": {
    of: param,
    wrong: "param gamma = 2.0\nparam fee = [0.1, [0.2, 0.3]]",
    right: "param gamma = 2.0\nparam fee = [0.1, 0.2, 0.3]",
  },
};

/** A function that is ten times another one. */
function tenfold(name: string, of: string): string {
  return `fn ${name}(u) = ${Array.from({ length: 10 }, () => `${of}(u)`).join(" + ")}\n`;
}
