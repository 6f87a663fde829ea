"""Sets that move rows or know none: each as its whole problem, and as its inner maximisation at a predictor."""

import cvxpy as cp
import numpy as np

SOLVE = dict(solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
ORDER = {"l1": 1, "l2": 2, "linf": "inf"}
DUAL = {"l1": "inf", "l2": 2, "linf": 1}


def minimise(value, rows, w, b):
    problem = cp.Problem(cp.Minimize(value), rows)
    problem.solve(**SOLVE)
    return problem.value, w.value, float(b.value)


def by_clarabel(model):
    """The model with its fit solved by Clarabel, whichever solver it names."""
    fit, solve = model.fit, cp.Problem.solve

    def patched(x, y):
        cp.Problem.solve = lambda problem, **_: solve(problem, **SOLVE)
        try:
            return fit(x, y)
        finally:
            cp.Problem.solve = solve

    model.fit = patched
    return model


# Holistic: Kullback-Leibler around the noisy and corrupted data (Bennouna & Van Parys 2022).


def moved_loss(kind, scores, y, shift):
    if kind in ("hinge", "logistic"):
        margin = cp.multiply(y, scores) - shift
        return cp.pos(1 - margin) if kind == "hinge" else cp.logistic(-margin)
    size = cp.abs(scores - y) + shift
    return cp.square(size) if kind == "square" else size


def fit_holistic(spec, kind, x, y):
    n = len(y)
    w, b = cp.Variable(x.shape[1]), cp.Variable()
    lam, beta, eta, top, cost, own = *(cp.Variable(nonneg=i < 2) for i in range(4)), cp.Variable(n), cp.Variable(n)
    length = cp.norm(w, DUAL[spec["norm"]])
    rows = [
        own >= moved_loss(kind, x @ w + b, y, spec["noise"] * length),
        top >= moved_loss(kind, x @ w + b, y, spec["support"] * length),
        eta >= top,
        cost >= cp.rel_entr(lam * np.ones(n), eta - own),
        cost >= cp.rel_entr(lam, eta - top) - beta,
    ]
    value = cp.sum(cost) / n + lam * (spec["radius"] - 1) + beta * spec["corruption"] + eta
    return minimise(value, rows, w, b)


def worst_holistic(spec, kind, x, y, w, b):
    """The weights of the rows at their noisy places, then of the worst point of the support."""
    n, length = len(y), np.linalg.norm(w, {"l1": np.inf, "l2": 2, "linf": 1}[spec["norm"]])
    at = lambda shift: moved_loss(kind, x @ w + b, y, shift * length).value
    losses = np.append(at(spec["noise"]), at(spec["support"]).max())
    p, q = cp.Variable(n + 1, nonneg=True), cp.Variable(n + 1, nonneg=True)
    rows = [p[:n] <= 1 / n, p[n] <= spec["corruption"], cp.sum(p) == 1, cp.sum(q) == 1]
    problem = cp.Problem(cp.Maximize(losses @ q), [*rows, cp.sum(cp.rel_entr(p, q)) <= spec["radius"]])
    problem.solve(**SOLVE)
    return {"value": problem.value, "weights": [round(float(v), 9) for v in q.value]}


# Moments: the semidefinite program of Delage & Ye 2010, in the whole of z, group by group.


def groups_of(kind, x, y):
    if kind != "hinge":
        return [(None, 1.0, np.column_stack([x, y]))]
    return [(k, np.mean(y == k), x[y == k]) for k in (-1, 1) if np.any(y == k)]


def bound_of(spec, kind, z, v, c, rows):
    """sup E f(v.z + c), by a quadratic above f."""
    mean, d = z.mean(axis=0), z.shape[1]
    covariance = (z - mean).T @ (z - mean) / len(z)
    m = mean @ v + c
    root = np.linalg.cholesky(covariance)
    alpha, beta, quadratic = cp.Variable(), cp.Variable(d), cp.Variable((d, d), PSD=True)
    column = lambda e: cp.reshape(e, (-1, 1), order="C")
    if kind == "square":
        half = column(beta / 2)
        edge = cp.vstack([column(v), column(m)])
        matrix = cp.bmat([[quadratic, half], [half.T, column(alpha)]])
        rows.append(cp.bmat([[matrix, edge], [edge.T, np.eye(1)]]) >> 0)
    else:
        for slope in (-1, 1) if kind == "absolute" else (0, 1):
            half = column((beta - slope * v) / 2)
            rows.append(cp.bmat([[quadratic, half], [half.T, column(alpha - slope * m)]]) >> 0)
    moved = np.sqrt(spec["mean"]) * cp.norm(root.T @ beta)
    return alpha + moved + spec["covariance"] * cp.trace(quadratic @ covariance)


def objective_moments(spec, kind, x, y, w, b, rows):
    value = 0
    for label, share, z in groups_of(kind, x, y):
        v = cp.hstack([w, -1.0]) if label is None else -label * w
        value += share * bound_of(spec, kind, z, v, b if label is None else 1 - label * b, rows)
    return value


def fit_moments(spec, kind, x, y):
    w, b, rows = cp.Variable(x.shape[1]), cp.Variable(), []
    return minimise(objective_moments(spec, kind, x, y, w, b, rows), rows, w, b)


def worst_moments(spec, kind, x, y, w, b):
    rows = []
    problem = cp.Problem(cp.Minimize(objective_moments(spec, kind, x, y, w, b, rows)), rows)
    problem.solve(**SOLVE)
    return {"value": problem.value, "weights": None}


# Outlier-robust Wasserstein (Nietert, Goldfeld & Shafiee 2023): theorem 2 for the fit, the masses of theorem 3 for the law.


def pieces_of(kind, y, b):
    return [(1, b - y), (-1, y - b)] if kind == "absolute" else [(0, 0 * y), (-y, 1 - cp.multiply(y, b))]


def fit_outlier_robust(spec, kind, x, y):
    n, d = x.shape
    w, b = cp.Variable(d), cp.Variable()
    pull, price, alpha, s = cp.Variable(nonneg=True), cp.Variable(nonneg=True), cp.Variable(), cp.Variable(n, nonneg=True)
    rows, centre = [], np.array(spec["centre"])
    for slope, constant in pieces_of(kind, y, b):
        g = cp.Variable((n, d))
        h = np.broadcast_to(slope, n)[:, None] @ cp.reshape(w, (1, d), order="C") - g
        for i in range(n):
            reach = cp.quad_over_lin(g[i], 4 * pull) + centre @ g[i] + x[i] @ h[i]
            rows += [s[i] >= constant[i] + reach - alpha, cp.norm(h[i], DUAL[spec["norm"]]) <= price]
    value = pull * spec["spread"] ** 2 + price * spec["radius"] + cp.sum(s) / (n * (1 - spec["outliers"])) + alpha
    return minimise(value, rows, w, b)


def worst_outlier_robust(spec, kind, x, y, w, b):
    n, d = x.shape
    centre, gain, cost, spread, mass = np.array(spec["centre"]), 0, 0, 0, 0
    for slope, constant in pieces_of(kind, y, b):
        q, moved = cp.Variable(n, nonneg=True), cp.Variable((n, d))
        constant = constant.value if isinstance(constant, cp.Expression) else constant
        slopes = np.broadcast_to(slope, n)
        gain += (constant + slopes * (x @ w)) @ q + slopes @ (moved @ w)
        for i in range(n):
            cost += cp.norm(moved[i], ORDER[spec["norm"]])
            spread += cp.quad_over_lin(moved[i] + q[i] * (x[i] - centre), q[i])
        mass += q
    rows = [cost <= spec["radius"], spread <= spec["spread"] ** 2, mass <= 1 / (n * (1 - spec["outliers"])), cp.sum(mass) == 1]
    problem = cp.Problem(cp.Maximize(gain), rows)
    problem.solve(**SOLVE)
    return {"value": problem.value, "weights": None}


FITS = {"holistic": fit_holistic, "moments": fit_moments, "outlier_robust": fit_outlier_robust}
WORST = {"holistic": worst_holistic, "moments": worst_moments, "outlier_robust": worst_outlier_robust}
