/**
 * What each piece of a line is, for people who read it. One table for both ways of colouring: by position (the TextMate
 * grammar) and by meaning (the server's semantic tokens). `key` is a name before `:` or `=` that belongs to what stands
 * around it. A third entry says what the tokens by meaning are where a grammar without names cannot know it.
 */
export type Piece =
  "keyword" | "name" | "key" | "type" | "unit" | "number" | "string" | "comment" | "doc" | "operator" | "constant";

export type Case = readonly [text: string, piece: Piece, byMeaning?: Piece];

/** Lines of one sound spec, with every piece of them that has a colour. */
export const LINES: readonly (readonly [line: string, pieces: readonly Case[]])[] = [
  [
    'import { newsvendor as nv } from "std/losses"',
    [
      ["import", "keyword"],
      ["newsvendor", "name"],
      ["as", "keyword"],
      ["nv", "name"],
      ["from", "keyword"],
      ['"std/losses"', "string"],
    ],
  ],
  ["/// Orders before the demand is known.", [["/// Orders before the demand is known.", "doc"]]],
  [
    "model Shop",
    [
      ["model", "keyword"],
      ["Shop", "name"],
    ],
  ],
  [
    "unit item",
    [
      ["unit", "keyword"],
      ["item", "name", "unit"],
    ],
  ],
  [
    "unit usd",
    [
      ["unit", "keyword"],
      ["usd", "name", "unit"],
    ],
  ],
  [
    "unit dozen = 12 * item",
    [
      ["unit", "keyword"],
      ["dozen", "name", "unit"],
      ["12", "number"],
      ["*", "operator"],
      ["item", "name", "unit"],
    ],
  ],
  [
    "dim Product = 3 // kinds",
    [
      ["dim", "keyword"],
      ["Product", "name"],
      ["3", "number"],
      ["// kinds", "comment"],
    ],
  ],
  [
    "param holding: real<usd/item> = 1.0",
    [
      ["param", "keyword"],
      ["holding", "name"],
      ["real", "type"],
      ["<", "operator"],
      ["usd", "unit"],
      ["/", "operator"],
      ["item", "unit"],
      [">", "operator"],
      ["1.0", "number"],
    ],
  ],
  [
    "param share = 25%",
    [
      ["param", "keyword"],
      ["share", "name"],
      ["25%", "number"],
    ],
  ],
  [
    "param level: real = if share < 0.5 then 1e-3 else 200_000",
    [
      ["param", "keyword"],
      ["level", "name"],
      ["real", "type"],
      ["if", "keyword"],
      ["share", "name"],
      ["<", "operator"],
      ["0.5", "number"],
      ["then", "keyword"],
      ["1e-3", "number"],
      ["else", "keyword"],
      ["200_000", "number"],
    ],
  ],
  [
    "fn scaled(u: real, by_much = 2): real = by_much * u",
    [
      ["fn", "keyword"],
      ["scaled", "name"],
      ["u", "key"],
      ["real", "type"],
      ["by_much", "key"],
      ["2", "number"],
      ["real", "type"],
      ["by_much", "name", "key"],
      ["*", "operator"],
      ["u", "name", "key"],
    ],
  ],
  [
    'data sales = csv("sales.csv") {',
    [
      ["data", "keyword"],
      ["sales", "name"],
      ["csv", "name"],
      ['"sales.csv"', "string"],
    ],
  ],
  [
    "  index   day: date",
    [
      ["index", "keyword"],
      ["day", "name"],
      ["date", "type"],
    ],
  ],
  [
    '  context x: real[2] = columns("x_*") |> standardize',
    [
      ["context", "keyword"],
      ["x", "name"],
      ["real", "type"],
      ["2", "number"],
      ["columns", "name"],
      ['"x_*"', "string"],
      ["|>", "operator"],
      ["standardize", "name"],
    ],
  ],
  [
    '  outcome d: real<item>[Product] = columns("d_*")',
    [
      ["outcome", "keyword"],
      ["d", "name"],
      ["real", "type"],
      ["<", "operator"],
      ["item", "unit"],
      [">", "operator"],
      ["Product", "name"],
      ["columns", "name"],
      ['"d_*"', "string"],
    ],
  ],
  [
    "  split chronological { train: 70%, validation: 10%, test: 20% }",
    [
      ["split", "keyword"],
      ["chronological", "name", "constant"],
      ["train", "key"],
      ["70%", "number"],
      ["validation", "key"],
      ["10%", "number"],
      ["test", "key"],
      ["20%", "number"],
    ],
  ],
  ["}", []],
  [
    "decision q: real<item>[Product] in 0..100",
    [
      ["decision", "keyword"],
      ["q", "name"],
      ["real", "type"],
      ["<", "operator"],
      ["item", "unit"],
      [">", "operator"],
      ["Product", "name"],
      ["in", "keyword"],
      ["0", "number"],
      ["..", "operator"],
      ["100", "number"],
    ],
  ],
  [
    "subject to {",
    [
      ["subject", "keyword"],
      ["to", "keyword"],
    ],
  ],
  [
    "  room: sum(q over Product) <= 150 * one",
    [
      ["room", "key"],
      ["sum", "name"],
      ["q", "name"],
      ["over", "keyword"],
      ["Product", "name"],
      ["<=", "operator"],
      ["150", "number"],
      ["*", "operator"],
      ["one", "name"],
    ],
  ],
  ["}", []],
  [
    "param one: real<item> = 1",
    [
      ["param", "keyword"],
      ["one", "name"],
      ["real", "type"],
      ["<", "operator"],
      ["item", "unit"],
      [">", "operator"],
      ["1", "number"],
    ],
  ],
  [
    "loss cost(q, d) = nv(sum(q), sum(d), holding = holding, stockout = 9 * holding) + 0 * scaled(1) * holding * one",
    [
      ["loss", "keyword"],
      ["cost", "name"],
      ["q", "name"],
      ["d", "name"],
      ["nv", "name"],
      ["sum", "name"],
      ["q", "name"],
      ["sum", "name"],
      ["d", "name"],
      ["holding", "key"],
      ["holding", "name"],
      ["stockout", "key"],
      ["9", "number"],
      ["*", "operator"],
      ["holding", "name"],
      ["+", "operator"],
      ["0", "number"],
      ["*", "operator"],
      ["scaled", "name"],
      ["1", "number"],
      ["*", "operator"],
      ["holding", "name"],
      ["*", "operator"],
      ["one", "name"],
    ],
  ],
  [
    "risk mean(cost) + level * cvar(cost, level = 90%)",
    [
      ["risk", "keyword"],
      ["mean", "name"],
      ["cost", "name"],
      ["+", "operator"],
      ["level", "name"],
      ["*", "operator"],
      ["cvar", "name"],
      ["cost", "name"],
      ["level", "key"],
      ["90%", "number"],
    ],
  ],
  [
    "uncertainty d | x ~ flow_matching {",
    [
      ["uncertainty", "keyword"],
      ["d", "name"],
      ["x", "name"],
      ["flow_matching", "name"],
    ],
  ],
  [
    "  hidden: [16, 16]",
    [
      ["hidden", "key"],
      ["16", "number"],
      ["16", "number"],
    ],
  ],
  [
    "  solver: euler",
    [
      ["solver", "key"],
      ["euler", "name", "constant"],
    ],
  ],
  ["}", []],
  [
    "train dw_fm { lambda_relative: one_of(0, 0.1), select: regret on validation, detilt: true }",
    [
      ["train", "keyword"],
      ["dw_fm", "name"],
      ["lambda_relative", "key"],
      ["one_of", "name"],
      ["0", "number"],
      ["0.1", "number"],
      ["select", "key"],
      ["regret", "name", "constant"],
      ["on", "keyword"],
      ["validation", "name", "constant"],
      ["detilt", "key"],
      ["true", "constant"],
    ],
  ],
  [
    "compare uniform_fm, saa",
    [
      ["compare", "keyword"],
      ["uniform_fm", "name"],
      ["saa", "name"],
    ],
  ],
  [
    "evaluate on test { regret hardest 25%, cvar_loss, seeds: 5 }",
    [
      ["evaluate", "keyword"],
      ["on", "keyword"],
      ["test", "name", "constant"],
      ["regret", "name"],
      ["hardest", "name", "constant"],
      ["25%", "number"],
      ["cvar_loss", "name"],
      ["seeds", "key"],
      ["5", "number"],
    ],
  ],
];

export const TEXT = `${LINES.map(([line]) => line).join("\n")}\n`;

/** Innermost TextMate scopes, by their beginning; `null`: of no interest. */
export const SCOPES: readonly (readonly [prefix: string, piece: Piece | null])[] = [
  ["punctuation", null],
  ["keyword.operator.word", "keyword"],
  ["keyword.operator", "operator"],
  ["keyword", "keyword"],
  ["constant.language", "constant"],
  ["constant", "number"],
  ["string", "string"],
  ["comment.line.documentation", "doc"],
  ["comment", "comment"],
  ["support.type.unit", "unit"],
  ["support.type", "type"],
  ["variable.other.property", "key"],
  ["variable.parameter", "key"],
  ["variable", "name"],
  ["entity.name", "name"],
];
