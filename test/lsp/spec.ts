/** A sound spec that uses an import, the library, a preset, units, dims and functions. */
export const LOSSES = `/// Cost of too much and too little.
fn two_sided(u: real, over = 1, under = 9): real = over * max(u, 0) + under * max(-u, 0)
`;

export const SPEC = `import { two_sided } from "./losses.dro"
import { dw_fm_paper } from "std/presets"

/// A shop orders before it knows the demand.
model Shop
unit item
unit usd
dim Product = 3
dim Feature = 2

/// Cost of a leftover.
param holding: real<usd/item> = 1.0
param ratio = 8 + 1

data sales = csv("sales.csv") {
  index   day: date
  context x: real[Feature] = columns("x_*") |> standardize
  outcome d: real<item>[Product] = columns("d_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}

/// How many of each product to order.
decision q: real<item>[Product] in 0..100
subject to {
  room: sum(q) <= 150 * one_item
}
param one_item: real<item> = 1

loss cost(q, d) = holding * two_sided(sum(q - d), under = ratio)
risk mean(cost) + 0.5 * cvar(cost, level = 90%)
uncertainty d | x ~ flow_matching { hidden: [16, 16] }
train dw_fm_paper { steps: 1_000 }
compare uniform_fm, saa
evaluate on test { regret, cvar_loss }
`;
