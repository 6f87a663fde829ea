/** The specs that the examples change, by the name that the page gives them. Each compiles without diagnostics. */
export const baseSpecs = {
  portfolio: `model Example

dim Asset = 3
unit usd
unit item

param gamma = 2.0
param price: real<usd/item> = 3.0

data returns = synthetic portfolio { assets: 3, covariates: 2, train: 200, validation: 50, test: 50 } {
  context x: real[2]
  outcome s: real[Asset]
}

decision z: real[Asset] in simplex { cap: 0.6 }

loss L(z, s) = -dot(s, z)

risk mean(L) + gamma * cvar(L, level = 90%)

uncertainty s | x ~ flow_matching { hidden: [8, 8] }

train dw_fm { lambda_relative: one_of(0, 0.1) }

compare uniform_fm, saa

evaluate on test { regret }
`,
  market: `model Market

dim Asset = 4
dim Feature = 3

data market = csv("market.csv") {
  index date: date
  context x: real[Feature] = columns("f_*") |> standardize
  outcome s: real[Asset] = columns("r_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}

decision z: real[Asset] in simplex

loss L(z, s) = -dot(s, z)

risk mean(L)

uncertainty s | x ~ flow_matching

train dw_fm
`,
  route: `model Route

graph G = grid(3, 3)

data trips = synthetic shortest_path { rows: 3, columns: 3, features: 5 } {
  context x: real[5]
  outcome c: real[G.edges]
}

decision w: real[G.edges] in path(G, from = first, to = last)

loss travel(w, c) = dot(c, w)

risk mean(travel)

uncertainty c | x ~ normalizing_flow

train gen_dfl
`,
  tour: `model Tour

graph G = complete(4)

data trips = synthetic pyepo_travelling_salesman { nodes: 4, features: 5 } {
  context x: real[5]
  outcome c: real[G.edges]
}

decision z: int[G.edges] in tour(G)

loss length(z, c) = dot(c, z)

risk mean(length)

uncertainty c | x ~ normalizing_flow

train gen_dfl
`,
  forecast: `model Forecast

data demand = csv("demand.csv") {
  index time: datetime
  window y: real[24] -> horizon: real
  split by zone { train: ["north", "south"], test: each }
}

decision f: predictor(y -> horizon) = lstm { layers: [128, 64] }

loss mse(f; y, horizon) = square(f(y) - horizon)

risk mean(mse)

uncertainty (y, horizon) ~ ddpm { steps: 500 }

ambiguity generative { budget: 0.015 }

train gas_dro

stress test with gaussian { sd: 0.1 }

evaluate on test { mse, worst }
`,
  storage: `model Storage

unit MWh
unit usd
dim Hour = 24

stages day = 1..7

param capacity: real<MWh> = 40

data wind = csv("wind.csv") {
  trajectory w: real<MWh>[Hour] per day
  price p: real<usd/MWh>[Hour] per day
  split by year { train: first 3 }
}

state level: real<MWh> in 0..capacity, initially capacity

stage day observing w {
  decision charge, sell: real<MWh>[Hour] >= 0
  subject to { sell + charge <= w }
  next level = level + sum(charge)
  loss = -dot(p, sell)
}

uncertainty w' | w ~ gmm { components: 5 }

ambiguity wasserstein { order: 2, radius: 0.05 } each stage

solve sddp { weights: gmm, iterations: 50, stop: gap 1% }

evaluate on test { mean_profit }
`,
  posterior: `model Posterior

dim Pixel = 16
param kernel: real[Pixel, Pixel] = 1 / 16
fn blur(u: real[_]) = dot(kernel, u)

data images = csv("images.csv") {
  outcome u: real[Pixel] = columns("u_*")
  split random { train: 80%, validation: 0%, test: 20% }
}

uncertainty u ~ normalizing_flow

observe y = blur(u) + normal(0, 0.05)

infer u | y by latent_langevin { steps: 500, chains: 4 }
`,
  regimes: `model Regimes

data market = csv("market.csv") {
  index date: date
  outcome s: real[10] = columns("r_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}

uncertainty s ~ transport {
  from: market where date < 2020-01-01
  to: market where date >= 2020-01-01
}
`,
} as const;

export type BaseName = keyof typeof baseSpecs;
