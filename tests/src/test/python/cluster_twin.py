"""Clusters on command with the numpy twin, for a benchmark that runs its own rounds in between.

Usage: cluster_twin.py REFERENCE_FOLDER DATA_FOLDER

REFERENCE_FOLDER holds cluster_fast.py. DATA_FOLDER holds little-endian files without header:
  values   float64[ids]
  counts   float64[ids]
  rows     int32[ids], written by each command

Commands, one a line on standard input, each answered with one line:
  cluster ROWS MERGES CAP  clusters with the paper's filters, equal frequencies by distance, CAP 0
                           for none; answered by the processor time of this process and the wall
                           time, in nanoseconds, and the number of steps
"""

import os
import sys
import time

import numpy as np

sys.path.insert(0, sys.argv[1])
from cluster_fast import cluster_1d_fast  # noqa: E402

data = sys.argv[2]
values = np.fromfile(os.path.join(data, "values"), dtype="<f8")
counts = np.fromfile(os.path.join(data, "counts"), dtype="<f8")

print("numpy", np.__version__, flush=True)
for line in sys.stdin:
    rows, merges, cap = (int(word) for word in line.split()[1:])
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    assign, result = cluster_1d_fast(
        values, counts, rows, merges, cap if cap else None, freq_tie="dist"
    )
    cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
    assign.astype("<i4").tofile(os.path.join(data, "rows"))
    print(cpu, wall, result["steps"], flush=True)
