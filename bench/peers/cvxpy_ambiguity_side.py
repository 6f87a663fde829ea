"""Mean-CVaR portfolios under the worst law of a Wasserstein ball of order 2, with CVXPY and Clarabel, one thread.

`"form": "cones"` is 002 §3 as it stands, a second-order cone for each piece of each scenario; `"norm"` is what it collapses
to for a loss of one piece, the nominal risk plus a norm, written by hand: the best that a modeller could do.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import time

import cvxpy as cp
import numpy as np

from side import serve


def norm_form(s, cap, gamma, level, radius):
    count, assets = s.shape
    z, t = cp.Variable(assets), cp.Variable()
    excess = cp.Variable(count, nonneg=True)
    steep = gamma / (1 - level)
    size = radius * np.sqrt(level + (1 - level) * (1 + steep) ** 2)
    risk = -s.mean(axis=0) @ z + gamma * t + steep * cp.sum(excess) / count + size * cp.norm(z, 2)
    return cp.Problem(cp.Minimize(risk), [excess + t + s @ z >= 0, z >= 0, z <= cap, cp.sum(z) == 1])


def cone_form(s, cap, gamma, level, radius):
    count, assets = s.shape
    z, t, lam = cp.Variable(assets), cp.Variable(), cp.Variable(nonneg=True)
    u = cp.Variable(count)
    steep = gamma / (1 - level)
    rows = [z >= 0, z <= cap, cp.sum(z) == 1]
    losses = cp.Variable(count)
    rows.append(losses == -s @ z)
    for factor, shift in ((1, 0), (1 + steep, steep)):
        slack = u - factor * losses + shift * t
        move = cp.vstack([cp.reshape(lam - slack, (1, count), order="C"), factor * z[:, None] @ np.ones((1, count))])
        rows += [slack >= 0, cp.SOC(lam + slack, move, axis=0)]
    return cp.Problem(cp.Minimize(lam * radius**2 + cp.sum(u) / count + gamma * t), rows)


def work(request):
    assets, scenarios = request["assets"], request["scenarios"]
    data = np.fromfile(request["file"], dtype=np.float64)[: assets * scenarios].reshape(scenarios, assets)
    build = {"norm": norm_form, "cones": cone_form}[request["form"]]
    start = time.perf_counter()
    problem = build(data, request["cap"], request["gamma"], request["level"], request["radius"])
    problem.solve(solver=cp.CLARABEL)
    seconds = time.perf_counter() - start
    return {"objective": float(problem.value), "status": problem.status, "seconds": seconds, "version": cp.__version__}


serve(work)
