"""Curvature and sign by CVXPY's disciplined convex analysis.

Reads {"expressions": [tree, ...]} as JSON from stdin; answers {"cvxpy": version, "verdicts": [[curvature, sign], ...]}.
A tree is [op, child, ...]; leaves are ["var", name], ["const", number] and ["vector", numbers].
"""

import json
import sys

import cvxpy as cp
import numpy as np

VARIABLES = {
    "x": cp.Variable(3, name="x"),
    "y": cp.Variable(3, name="y", nonneg=True),
    "f": cp.Variable(3, name="f", nonpos=True),
    "a": cp.Variable(name="a"),
    "p": cp.Variable(name="p", nonneg=True),
}

ATOMS = {
    "neg": lambda u: -u,
    "abs": cp.abs,
    "pos": cp.pos,
    "exp": cp.exp,
    "log": cp.log,
    "log1p": cp.log1p,
    "sqrt": cp.sqrt,
    "square": cp.square,
    "softplus": cp.logistic,
    "add": lambda u, v: u + v,
    "sub": lambda u, v: u - v,
    "mul": cp.multiply,
    "max": cp.maximum,
    "min": cp.minimum,
    "sum": cp.sum,
    "reduce_max": cp.max,
    "reduce_min": cp.min,
    "log_sum_exp": cp.log_sum_exp,
    "norm1": lambda u: cp.norm(u, 1),
    "norm2": lambda u: cp.norm(u, 2),
    "norm_inf": lambda u: cp.norm(u, "inf"),
    "reciprocal": cp.inv_pos,
    "quad_over_lin": cp.quad_over_lin,
    "x_log_x": lambda u: -cp.entr(u),
}


def build(tree):
    op, *args = tree
    if op == "var":
        return VARIABLES[args[0]]
    if op == "const":
        return cp.Constant(args[0])
    if op == "vector":
        return cp.Constant(np.array(args[0]))
    if op == "pow":
        return cp.power(build(args[0]), args[1])
    return ATOMS[op](*[build(arg) for arg in args])


def verdict(tree):
    expression = build(tree)
    curvature = (
        "constant" if expression.is_constant()
        else "affine" if expression.is_affine()
        else "convex" if expression.is_convex()
        else "concave" if expression.is_concave()
        else "unknown"
    )
    sign = (
        "zero" if expression.is_zero()
        else "non-negative" if expression.is_nonneg()
        else "non-positive" if expression.is_nonpos()
        else "unknown"
    )
    return [curvature, sign]


def main():
    trees = json.load(sys.stdin)["expressions"]
    json.dump({"cvxpy": cp.__version__, "verdicts": [verdict(tree) for tree in trees]}, sys.stdout)


if __name__ == "__main__":
    main()
