"""Worst-case decisions with CVXPY and Clarabel, in the textbook forms: cones for each piece of each scenario.

Reads {"instances": [{"n", "d", "pieces": [{"a", "e", "c", "b"}], "scenarios", "weights", "mean", "cvar", "ridge", "set",
"ambiguity"}]} and writes {"versions": {...}, "answers": [[status, objective]]}.
"""

import itertools
import json
import sys

import clarabel
import cvxpy as cp
import numpy as np

# The usual tolerances leave errors of 1e-6 where λ is large; where the tightest cannot be met, the next are tried.
LADDER = [dict(tol_gap_abs=tol, tol_gap_rel=tol, tol_feas=tol, max_iter=500) for tol in (1e-11, 1e-10, 1e-9, 1e-8)]
NORMS = {"l1": 1, "l2": 2, "linf": "inf"}
DUAL = {"l1": "linf", "l2": "l2", "linf": "l1"}


def worst_case(instance):
    n, d = instance["n"], instance["d"]
    scenarios = np.array(instance["scenarios"]).reshape(-1, d)
    count = len(scenarios)
    p = np.ones(count) if instance["weights"] is None else np.array(instance["weights"], dtype=float)
    p = p / p.sum()
    z = cp.Variable(n)
    rows = [z >= 0, z <= 0.6, cp.sum(z) == 1] if instance["set"] == "simplex" else [z >= -1, z <= 1]
    t = [cp.Variable() for _ in instance["cvar"]]
    objective = instance["ridge"] * cp.sum_squares(z)
    for tail, threshold in zip(instance["cvar"], t):
        objective = objective + tail["weight"] * threshold
    slopes = [np.array(one["a"]).reshape(d, n) @ z + np.array(one["e"]) for one in instance["pieces"]]
    offsets = [np.array(one["c"]) @ z + one["b"] for one in instance["pieces"]]
    pieces = []  # of the extended loss: slope in s, and what is added
    for inside in itertools.product([0, 1], repeat=len(t)):
        steep = [i * tail["weight"] / (1 - tail["level"]) for i, tail in zip(inside, instance["cvar"])]
        factor = instance["mean"] + sum(steep)
        shift = sum((s * threshold for s, threshold in zip(steep, t)), 0)
        if factor == 0:
            pieces.append((np.zeros(d), cp.Constant(0)))
        else:
            pieces += [(factor * a, factor * b - shift) for a, b in zip(slopes, offsets)]
    ball = instance["ambiguity"]
    u = cp.Variable(count)
    r = ball["radius"]
    if ball["kind"] == "kl":
        lam, eta = cp.Variable(nonneg=True), cp.Variable()
        w = cp.Variable(count)
        for a, b in pieces:
            rows.append(scenarios @ a + b <= u)
        rows += [cp.ExpCone(u - eta, lam * np.ones(count), w), p @ w <= lam]
        return cp.Problem(cp.Minimize(objective + lam * r + eta), rows)
    norm = NORMS[DUAL[ball["norm"]]]
    length = [cp.norm(a, norm) if isinstance(a, cp.Expression) else 0 for a, _ in pieces]
    if ball["order"] == "infinity":
        for (a, b), size in zip(pieces, length):
            rows.append(scenarios @ a + b + r * size <= u)
        return cp.Problem(cp.Minimize(objective + p @ u), rows)
    lam = cp.Variable(nonneg=True)
    if ball["order"] == 1:
        for (a, b), size in zip(pieces, length):
            rows += [scenarios @ a + b <= u, size <= lam]
        return cp.Problem(cp.Minimize(objective + r * lam + p @ u), rows)
    for (a, b), size in zip(pieces, length):
        if not isinstance(a, cp.Expression):
            rows.append(scenarios @ a + b <= u)
            continue
        if norm == 2:
            for k in range(count):
                slack = u[k] - scenarios[k] @ a - b
                rows += [slack >= 0, cp.SOC(lam + slack, cp.hstack([a, lam - slack]))]
        else:
            bound = cp.Variable()
            rows.append(size <= bound)
            for k in range(count):
                slack = u[k] - scenarios[k] @ a - b
                rows += [slack >= 0, cp.SOC(lam + slack, cp.hstack([bound, lam - slack]))]
    return cp.Problem(cp.Minimize(objective + r**2 * lam + p @ u), rows)


def solve(instance):
    answer = ["failed", None]
    for options in LADDER:
        problem = worst_case(instance)
        try:
            problem.solve(solver=cp.CLARABEL, **options)
        except cp.error.SolverError:
            continue
        answer = [problem.status, float(problem.value)]
        if problem.status == "optimal":
            break
    return answer


def main():
    instances = json.load(sys.stdin)["instances"]
    versions = {"cvxpy": cp.__version__, "clarabel": clarabel.__version__}
    json.dump({"versions": versions, "answers": [solve(instance) for instance in instances]}, sys.stdout)


if __name__ == "__main__":
    main()
