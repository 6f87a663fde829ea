"""Turns the .mat files of Netlib and Maros–Mészáros into JSON, and records what HiGHS and Clarabel answer.

    python convert.py FOLDER instances          one JSON file an instance, in instances/<set>/
    python convert.py --solve instances out     status and objective of each, in out (JSON)

FOLDER holds netlib/data, netlib/infeas and maros_meszaros. Each instance is min 0.5 x'Px + c'x over
lower <= Ax <= upper and columnLower <= x <= columnUpper; an infinite bound is null. P is its upper triangle.
"""
import json
import multiprocessing
import sys
from pathlib import Path

import numpy as np
from scipy import io, sparse

SETS = {"netlib": "netlib/data", "netlib-infeasible": "netlib/infeas", "maros-meszaros": "maros_meszaros"}
INFINITE = 1e20
LIMIT = 120


def vector(values, size):
    out = np.asarray(values, dtype=float).ravel()
    return out if out.size == size else np.zeros(size)


def bounds(values):
    return [None if abs(v) >= INFINITE or np.isnan(v) else v for v in values.tolist()]


def columns(matrix):
    matrix = sparse.csc_matrix(matrix).astype(float)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return {"starts": matrix.indptr.tolist(), "indices": matrix.indices.tolist(), "values": matrix.data.tolist()}


def convert(folder, target):
    for name, inside in SETS.items():
        out = target / name
        out.mkdir(parents=True, exist_ok=True)
        for file in sorted((folder / inside).glob("*.mat")):
            if file.stem == "VALUES":
                continue
            data = io.loadmat(file)
            n = data["c"].size
            equal, ranged = data["A"].shape[0], data["G"].shape[0]
            b = vector(data["b"], equal)
            instance = {
                "columns": n,
                "rows": equal + ranged,
                "p": columns(sparse.triu(data["P"])),
                "c": vector(data["c"], n).tolist(),
                "a": columns(sparse.vstack([data["A"], data["G"]])),
                "lower": bounds(np.concatenate([b, vector(data["h_l"], ranged)])),
                "upper": bounds(np.concatenate([b, vector(data["h_u"], ranged)])),
                "columnLower": bounds(vector(data["x_l"], n)),
                "columnUpper": bounds(vector(data["x_u"], n)),
            }
            (out / f"{file.stem.lower()}.json").write_text(json.dumps(instance))


def read(file):
    data = json.loads(file.read_text())
    n, m = data["columns"], data["rows"]
    p, a = (
        sparse.csc_matrix((d["values"], d["indices"], d["starts"]), shape=shape)
        for d, shape in ((data["p"], (n, n)), (data["a"], (m, n)))
    )
    low = [np.array([-np.inf if v is None else v for v in data[k]], dtype=float) for k in ("lower", "columnLower")]
    high = [np.array([np.inf if v is None else v for v in data[k]], dtype=float) for k in ("upper", "columnUpper")]
    return p, np.array(data["c"], dtype=float), a, *low, *high


def by_highs(file):
    import highspy

    p, c, a, lower, column_lower, upper, column_upper = read(file)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = c.size, lower.size
    model.col_cost_, model.col_lower_, model.col_upper_ = c, column_lower, column_upper
    model.row_lower_, model.row_upper_ = lower, upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = a.indptr, a.indices, a.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    for tolerance in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        solver.setOptionValue(tolerance, 1e-9)
    solver.setOptionValue("time_limit", float(LIMIT))
    solver.passModel(model)
    solver.run()
    status = solver.modelStatusToString(solver.getModelStatus()).lower()
    return {"status": status, "objective": solver.getInfo().objective_function_value if status == "optimal" else None}


def by_clarabel(file):
    import clarabel

    p, c, a, lower, column_lower, upper, column_upper = read(file)
    everything = sparse.vstack([a, sparse.identity(c.size)]).tocsr()
    low, high = np.concatenate([lower, column_lower]), np.concatenate([upper, column_upper])
    equal = low == high
    above, below = ~equal & np.isfinite(high), ~equal & np.isfinite(low)
    matrix = sparse.vstack([everything[equal], everything[above], -everything[below]]).tocsc()
    right = np.concatenate([high[equal], high[above], -low[below]])
    cones = [clarabel.ZeroConeT(int(equal.sum())), clarabel.NonnegativeConeT(int(above.sum() + below.sum()))]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.time_limit = float(LIMIT)
    settings.max_threads = 1
    solution = clarabel.DefaultSolver(p, c, matrix, right, cones, settings).solve()
    status = str(solution.status)
    return {"status": status.lower(), "objective": solution.obj_val if status in ("Solved", "AlmostSolved") else None}


def answer(send, solve, file):
    send.send(solve(file))


def limited(solve, file):
    """In its own process: neither solver looks at the clock while it analyses a matrix."""
    receive, send = multiprocessing.Pipe(False)
    process = multiprocessing.Process(target=answer, args=(send, solve, file))
    process.start()
    result = {"status": "failed", "objective": None}
    if receive.poll(LIMIT + 20):
        try:
            result = receive.recv()
        except EOFError:
            pass
    process.kill()
    process.join()
    return result


def record(instances, out):
    answers = {}
    for name in SETS:
        for file in sorted((instances / name).glob("*.json")):
            solvers = {"clarabel": by_clarabel}
            if name != "maros-meszaros":
                solvers["highs"] = by_highs
            answers[f"{name}/{file.stem}"] = {key: limited(solve, file) for key, solve in solvers.items()}
            out.write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--solve":
        record(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        convert(Path(sys.argv[1]), Path(sys.argv[2]))
