"""Adjoint derivatives of cone programs by diffcp (dense mode).

Reads {"instances": [{"n", "p", "q", "a", "b", "cones": [[kind, size]], "x", "da"}]}, x being dL/dx and da a direction
of A in the order of its entries, and writes {"versions": {...}, "answers": [[solution, dL/dq, dL/db, dL/dA . da]]}.
"""

import json
import sys
from importlib.metadata import version

import diffcp
import numpy as np
import scipy.sparse as sp

KEYS = {"zero": diffcp.ZERO, "nonnegative": diffcp.POS, "second-order": diffcp.SOC, "exponential": diffcp.EXP}
TIGHT = dict(eps_abs=1e-12, eps_rel=1e-12, max_iters=1_000_000)


def sparse(entries, rows, columns):
    r, c, v = zip(*entries) if entries else ((), (), ())
    return sp.csc_matrix((v, (r, c)), shape=(rows, columns))


def cone_dict(cones):
    found = {}
    for kind, size in cones:
        key = KEYS[kind]
        if kind == "second-order":
            found.setdefault(key, []).append(size)
        elif kind == "exponential":
            found[key] = found.get(key, 0) + 1
        else:
            found[key] = found.get(key, 0) + size
    return found


def with_epigraph(p, q, a, b, cones):
    """A quadratic as CVXPYLayers has to pose it: min q.x + w/2 with |u|^2 <= w, u = root(P) x, in a last cone."""
    values, vectors = np.linalg.eigh(p.toarray())
    root = (vectors * np.sqrt(np.maximum(values, 0))).T
    n = len(q)
    rows = np.zeros((n + 2, n + 1))
    rows[0, n] = rows[1, n] = -1
    rows[2:, :n] = -2 * root
    wide = sp.hstack([a, sp.csc_matrix((a.shape[0], 1))])
    return (
        np.append(q, 0.5),
        sp.csc_matrix(sp.vstack([wide, rows])),
        np.concatenate([b, [1, -1], np.zeros(n)]),
        [*cones, ["second-order", n + 2]],
    )


def answer(instance):
    n, b, q = instance["n"], np.array(instance["b"]), np.array(instance["q"])
    m, cones = len(b), instance["cones"]
    a = sparse(instance["a"], m, n)
    if instance["p"]:
        upper = sparse(instance["p"], n, n)
        q, a, b, cones = with_epigraph(upper + upper.T - sp.diags(upper.diagonal()), q, a, b, cones)
    x, y, s, _, adjoint = diffcp.solve_and_derivative(
        a, b, q, cone_dict(cones), mode="dense", solve_method="SCS", **TIGHT
    )
    bar = np.zeros_like(x)
    bar[:n] = instance["x"]
    d_a, d_b, d_q = adjoint(bar, np.zeros_like(y), np.zeros_like(s))[:3]
    along = sum(float(d_a[r, c]) * v for (r, c, _), v in zip(instance["a"], instance["da"]))
    short = lambda v: [float(f"{w:.9g}") for w in v]
    return [short(x[:n]), short(d_q[:n]), short(d_b[:m]), float(f"{along:.9g}")]


data = json.load(sys.stdin)
print(
    json.dumps(
        {
            "versions": {name: version(name) for name in ("diffcp", "scs")},
            "answers": [answer(instance) for instance in data["instances"]],
        }
    )
)
