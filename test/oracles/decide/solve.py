"""Solves cone programs with CVXPY: Clarabel, HiGHS (linear with integers) and SCIP (quadratic or conic with integers).

Reads {"instances": [{"n", "q", "p": [[row, column, value]], "a": [...], "b", "cones": [[kind, size]], "integer"}]} and
writes {"versions": {...}, "answers": [[status, objective]]}.
"""

import json
import sys

import clarabel
import cvxpy as cp
import highspy
import numpy as np
import pyscipopt
import scipy.sparse as sp

# Objectives as small as 1e-7 are compared in relative terms, so the absolute gap must not end the solve.
TIGHT = dict(tol_gap_abs=1e-15, tol_gap_rel=1e-10, tol_feas=1e-10, max_iter=500)
USUAL = dict(tol_gap_abs=1e-15, tol_gap_rel=1e-8, tol_feas=1e-8, max_iter=500)


def sparse(entries, rows, columns):
    r, c, v = zip(*entries) if entries else ((), (), ())
    return sp.csr_matrix((v, (r, c)), shape=(rows, columns))


def constraints(kind, s):
    if kind == "zero":
        return [s == 0]
    if kind == "nonnegative":
        return [s >= 0]
    if kind == "second-order":
        return [cp.SOC(s[0], s[1:])]
    if kind == "rotated":
        return [cp.SOC((s[0] + s[1]) / np.sqrt(2), cp.hstack([(s[0] - s[1]) / np.sqrt(2), s[2:]]))]
    if kind == "exponential":
        return [cp.ExpCone(s[0], s[1], s[2])]
    # (u, v, w) is in the dual cone where (u - v, -u, w) is in the primal one.
    return [cp.ExpCone(s[0] - s[1], -s[0], s[2])]


def build(instance, fixed=None):
    """The problem and its variable; with `fixed`, the integer columns have those values."""
    n, b = instance["n"], np.array(instance["b"])
    x = cp.Variable(n)
    a = sparse(instance["a"], len(b), n)
    slack = b - a @ x
    rows, row = [], 0
    for kind, size in instance["cones"]:
        if size:
            rows += constraints(kind, slack[row : row + size])
        row += size
    if instance["integer"]:
        whole = cp.Variable(len(instance["integer"]), integer=True) if fixed is None else fixed
        rows.append(x[instance["integer"]] == whole)
    objective = np.array(instance["q"]) @ x
    if instance["p"]:
        upper = sparse(instance["p"], n, n).toarray()
        full = upper + upper.T - np.diag(np.diag(upper))
        objective = objective + 0.5 * cp.quad_form(x, cp.psd_wrap(full))
    return cp.Problem(cp.Minimize(objective), rows), x


def attempt(problem, choices):
    """Status and objective by the first choice of solver that is sure of its answer."""
    answer = ["failed", None]
    for options in choices:
        try:
            problem.solve(**options)
        except cp.error.SolverError:
            continue
        value = problem.value
        answer = [problem.status, None if value is None or not np.isfinite(value) else float(value)]
        if not problem.status.endswith("inaccurate"):
            break
    return answer


def solve(instance):
    continuous = [dict(solver=cp.CLARABEL, **TIGHT), dict(solver=cp.CLARABEL, **USUAL), dict(solver=cp.CLARABEL)]
    linear = not instance["p"] and all(kind in ("zero", "nonnegative") for kind, _ in instance["cones"])
    problem, x = build(instance)
    if not instance["integer"]:
        return attempt(problem, [*continuous, dict(solver=cp.HIGHS)] if linear else continuous)
    if linear:
        return attempt(problem, [dict(solver=cp.HIGHS)])
    # SCIP's feasibility tolerance blurs the objective: it chooses the integers, Clarabel the rest.
    answer = attempt(problem, [dict(solver=cp.SCIP, scip_params={"limits/gap": 1e-6, "limits/time": 60})])
    # Stopping at the gap limit is called inaccurate; the integers are right all the same.
    if answer[0] not in ("optimal", "optimal_inaccurate"):
        return answer
    fixed, _ = build(instance, np.round(x.value[instance["integer"]]))
    return attempt(fixed, continuous)


def main():
    instances = json.load(sys.stdin)["instances"]
    versions = {
        "cvxpy": cp.__version__,
        "clarabel": clarabel.__version__,
        "highs": highspy.Highs().version(),
        "scip": str(pyscipopt.Model().version()),
    }
    json.dump({"versions": versions, "answers": [solve(instance) for instance in instances]}, sys.stdout)


if __name__ == "__main__":
    main()
