"""scikit-learn's side of mixture.mjs: reads a request on each line, answers with the seconds of EM by the clock and of
processor time, and the log-likelihood."""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")
KINDS = {"full": "full", "diagonal": "diag", "tied": "tied"}
for line in sys.stdin:
    ask = json.loads(line)
    width, count = ask["width"], len(ask["means"]) // ask["width"]
    rows = np.fromfile(ask["rows"]).reshape(-1, width)
    identity = {"full": np.tile(np.eye(width), (count, 1, 1)), "diagonal": np.ones((count, width)), "tied": np.eye(width)}
    model = GaussianMixture(
        n_components=count,
        covariance_type=KINDS[ask["kind"]],
        tol=0,
        reg_covar=ask["floor"],
        max_iter=ask["steps"],
        init_params="random_from_data",
        weights_init=np.full(count, 1 / count),
        means_init=np.array(ask["means"]).reshape(count, width),
        precisions_init=identity[ask["kind"]],
        random_state=0,
    )
    start, before = time.perf_counter(), time.process_time()
    model.fit(rows)
    seconds, processor = time.perf_counter() - start, time.process_time() - before
    answer = {"seconds": seconds, "processor": processor, "logLikelihood": float(model.score(rows))}
    print(json.dumps(answer), flush=True)
