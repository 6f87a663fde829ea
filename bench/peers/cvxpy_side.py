"""Mean-CVaR portfolio decisions with CVXPY and Clarabel: one parametrised problem, solved for one context after another.

Tried in its favour, and kept where faster: the parameter as the scenario matrix under DPP and with `ignore_dpp=True`
(`"dpp"` in the request); the mean as a product with the column means, not a sum over losses; the CVaR's excess as a
nonnegative variable rather than `pos`, which saves a reduction.
"""

import os
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import time

import cvxpy as cp
import numpy as np

from side import serve

warnings.filterwarnings("ignore", message=".*too many parameters.*")
problems = {}


def portfolio(assets, scenarios, cap, gamma, level, eta):
    outcomes = cp.Parameter((scenarios, assets))
    means = cp.Parameter(assets)
    z = cp.Variable(assets)
    t = cp.Variable()
    excess = cp.Variable(scenarios, nonneg=True)
    risk = -means @ z + gamma * (t + cp.sum(excess) / (scenarios * (1 - level))) + eta * cp.sum_squares(z)
    limits = [excess + t + outcomes @ z >= 0, z >= 0, z <= cap, cp.sum(z) == 1]
    return outcomes, means, cp.Problem(cp.Minimize(risk), limits)


def work(request):
    assets, scenarios = request["assets"], request["scenarios"]
    key = (assets, scenarios)
    if key not in problems:
        problems[key] = portfolio(
            assets, scenarios, request["cap"], request["gamma"], request["level"], request["eta"]
        )
    outcomes, means, problem = problems[key]
    size = assets * scenarios
    data = np.memmap(request["file"], dtype=np.float64, mode="r")
    objectives, seconds = [], []
    for context in range(request["first"], request["first"] + request["contexts"]):
        drawn = np.array(data[context * size : (context + 1) * size]).reshape(scenarios, assets)
        start = time.perf_counter()
        outcomes.value = drawn
        means.value = drawn.mean(axis=0)
        problem.solve(solver=cp.CLARABEL, ignore_dpp=not request["dpp"])
        seconds.append(time.perf_counter() - start)
        objectives.append(float(problem.value))
    return {"objectives": objectives, "each": seconds, "version": f"CVXPY {cp.__version__}"}


serve(work)
