// A generated spec that grows in lines and declarations in the same proportion.
/** Lines for each declaration, as 2,000 lines hold 500. */
export const LINES_PER_DECLARATION = 4;

/** One model: params, functions that call earlier ones, a decision of several blocks with constraints on each. */
export function specOf(lines) {
  const declarations = lines / LINES_PER_DECLARATION;
  const fixed = 12;
  const third = Math.floor((declarations - fixed) / 3);
  const text = ["model Scale", "dim Asset = 10", "dim Feature = 5", ""];
  for (let i = 0; i < third; i++) {
    text.push(
      `/// Parameter ${i}`,
      `param p${i} = ${i === 0 ? "1.5" : `p${Math.floor((i - 1) / 2)} / 2 + 1`} // derived`,
      "",
    );
  }
  for (let i = 0; i < third; i++) {
    text.push(`/// Function ${i}`, `fn f${i}(u: real[Asset]): real =`, `  p${i} * sum(u) + ${i} * u[${i % 10}]`, "");
  }
  text.push(
    "data returns = synthetic portfolio { assets: 10, covariates: 5, degree: 4, train: 2_000 } {",
    "  context x: real[Feature]",
    "  outcome s: real[Asset]",
    "}",
    "decision z: real[Asset] in simplex { cap: 0.5 }",
  );
  for (let i = 0; i < third; i++) {
    const [a, b] = [i % 10, (i * 7 + 1) % 10];
    text.push(
      `/// Rule ${i}`,
      "subject to {",
      `  r${i}: z[${a}] ${a === b ? "" : `+ ${(1 + i / 1000).toFixed(3)} * z[${b}] `}<= ${(0.4 + 0.0001 * i).toFixed(4)}`,
      "}",
    );
  }
  text.push(
    `loss L(z, s) = max(-dot(s, z), ${Array.from({ length: 8 }, (_, i) => `f${i}(z) / 1000`).join(" + ")} - 1)`,
    "risk mean(L) + p1 * cvar(L, level = 95%) + 1e-3 * sum_squares(z)",
    "uncertainty s | x ~ flow_matching { hidden: [64, 64] }",
    "train dw_fm { lambda_relative: one_of(0, 0.02) }",
    "evaluate on test { regret, cvar_loss }",
  );
  while (text.length < lines) text.push(`// line ${text.length + 1}`);
  return `${text.slice(0, lines).join("\n")}\n`;
}
