// A process of contexts.mjs: decides at its share of the contexts, which it draws itself before the clock starts.
import { createDecider } from "../../dist/runtime/decide/index.js";
import { serve } from "../../dist/runtime/pool/serve.js";
import { portfolio } from "../support/portfolio.mjs";
import { decideRange } from "./decide-range.mjs";
import { drawContexts } from "../support/returns.mjs";

const cases = new Map();

export const work = serve(async ({ assets, scenarios, cap, contexts, first, count }) => {
  const key = `${assets} ${scenarios}`;
  if (!cases.has(key)) {
    const sets = drawContexts(assets, scenarios, contexts);
    cases.set(key, { sets, decider: await createDecider(portfolio(assets, cap)) });
  }
  const { sets, decider } = cases.get(key);
  const { answers, seconds } = decideRange(decider, sets, scenarios, first, count);
  return { seconds, optimal: answers.every(({ status }) => status === "optimal") };
});
