"""One JSON request a line on standard input, one answer a line on standard output."""

import json
import sys
import time


def serve(work):
    """`work(request)` does what is asked and returns numbers for the answer; its time is measured here."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        start, cpu = time.perf_counter(), time.process_time()
        answer = work(request)
        answer["seconds"] = time.perf_counter() - start
        answer["cpu"] = time.process_time() - cpu
        print(json.dumps(answer), flush=True)
