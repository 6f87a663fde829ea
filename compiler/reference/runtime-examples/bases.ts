/** A folder that examples change one thing in. */
export interface Base {
  /** One sentence for the page. */
  readonly intro: string;
  readonly files: Readonly<Record<string, string>>;
  readonly command: string;
}

export type BaseName = "orders" | "portfolio" | "application" | "series" | "empty";

const ORDERS = `model Orders

data sales = csv("sales.csv") {
  index day: date
  context temperature: real
  outcome demand: real
  split chronological { train: 50%, validation: 25%, test: 25% }
}

decision order: real in 0..100

loss cost(order, demand) = 3 * max(demand - order, 0) + max(order - demand, 0)

risk mean(cost)

uncertainty demand | temperature ~ gmm { components: 1, scenarios: 16 }

compare saa

evaluate on test { regret, evaluator: residual_bootstrap { scenarios: 16 } }
`;

const SALES = `day,temperature,price,demand
2024-06-01,22.5,3,43
2024-06-02,18.5,3,39
2024-06-03,25.5,3,35
2024-06-04,21.5,2,31
2024-06-05,17.5,2,44
2024-06-06,24.5,2,40
2024-06-07,20.5,3,36
2024-06-08,16.5,3,32
2024-06-09,23.5,3,45
2024-06-10,19.5,2,41
2024-06-11,15.5,2,37
2024-06-12,22.5,2,33
2024-06-13,18.5,3,46
2024-06-14,25.5,3,42
2024-06-15,21.5,3,38
2024-06-16,17.5,2,34
`;

const PORTFOLIO = `model Portfolio

dim Asset = 3

data returns = synthetic portfolio { assets: 3, covariates: 2, train: 60, validation: 12, test: 12 } {
  context x: real[2]
  outcome s: real[Asset]
}

decision z: real[Asset] in simplex { cap: 0.6 }

loss L(z, s) = -dot(s, z)

risk mean(L) + 2 * cvar(L, level = 90%)

uncertainty s | x ~ flow_matching { hidden: [8], scenarios: 16, solver: midpoint, ode_steps: 2 }

train dw_fm { lambda_relative: one_of(0, 0.1), steps: 20, batch: 16, controls: false }

compare saa

evaluate on test { regret, seeds: 2, evaluator: truth { scenarios: 32 } }
`;

const SERIES = `model Load

data load = csv("load.csv") {
  index  hour: int
  window y: real[3] -> next: real
  split  by town { train: ["north"], validation: ["east"], test: each }
}

decision f: predictor(y -> next) = linear

loss error(f; y, next) = square(f(y) - next)

risk mean(error)

train ml { steps: 20, batch: 16 }

evaluate on test { mse, worst, seeds: 2 }
`;

const TOWNS = ["north", "east", "south"];

const LOAD = `hour,town,kind,y
${TOWNS.flatMap((town, k) =>
  Array.from({ length: 12 }, (_, hour) => `${hour + 1},${town},${(hour + k) % 2},${((hour * 7 + k * 3) % 11) + k}`),
).join("\n")}
`;

export const bases: Readonly<Record<BaseName, Base>> = {
  orders: {
    intro: "A spec and its data file:",
    files: { "model.dro": ORDERS, "sales.csv": SALES },
    command: "droc run model.dro",
  },
  portfolio: {
    intro: "A spec of a synthetic task, whose training is cut short so that it runs at once:",
    files: { "model.dro": PORTFOLIO },
    command: "droc run model.dro",
  },
  application: {
    intro:
      "An application, `app.mjs`, around the pipeline that `droc build model.dro` emits from the spec of the portfolio:",
    files: { "model.dro": PORTFOLIO },
    command: "droc build model.dro\nnode app.mjs",
  },
  series: {
    intro: "A predictor and the series that it learns from, twelve hours of three towns:",
    files: { "model.dro": SERIES, "load.csv": LOAD },
    command: "droc run model.dro",
  },
  empty: { intro: "An empty folder.", files: {}, command: "" },
};
