"""Trains facebookresearch/dlrm on command, for a benchmark that runs its own rounds in between.

Usage: dlrm_step.py DLRM_FOLDER DATA_FOLDER OPTIMIZER LEARNING_RATE BATCH

DATA_FOLDER holds little-endian files without header:
  shape    int32: examples, fields, rows a field, dim, then the widths of the bottom MLP and those
           of the top MLP, each list after its length
  dense    float32[examples][first width of the bottom]
  rows     int64[fields][examples]
  labels   float32[examples]
  weights  float32: per layer of the bottom, then of the top, weights [out][in] and bias [out]; then
           per field [rows][dim]

Commands, one a line on standard input, each answered with one line:
  train N  N steps over consecutive batches, from the start again after the last; answered by the
           processor time of this process and the wall time, in nanoseconds
  predict  answered by the predictions for the first batch
"""

import os
import sys
import time
import types

import numpy as np

sys.path.insert(0, sys.argv[1])
data, optimizer_name, rate, batch = sys.argv[2], sys.argv[3], float(sys.argv[4]), int(sys.argv[5])

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch  # noqa: E402

torch.set_num_threads(1)

# The peer's script imports these for reports that are not asked for here.
REPORTS = ("sklearn", "sklearn.metrics", "torch.utils.tensorboard")
for name in REPORTS:
    sys.modules[name] = types.ModuleType(name)
sys.modules["sklearn"].metrics = sys.modules["sklearn.metrics"]
sys.modules["torch.utils.tensorboard"].SummaryWriter = None
from dlrm_s_pytorch import DLRM_Net  # noqa: E402
from optim.rwsadagrad import RWSAdagrad  # noqa: E402

for name in REPORTS:
    del sys.modules[name]


def read(name, kind):
    return np.fromfile(os.path.join(data, name), dtype=kind)


shape = [int(n) for n in read("shape", "<i4")]
examples, fields, rows, dim = shape[:4]
bottom = shape[5 : 5 + shape[4]]
top = shape[6 + shape[4] :]

model = DLRM_Net(
    dim,
    np.full(fields, rows),
    np.array(bottom),
    np.array(top),
    arch_interaction_op="dot",
    sigmoid_bot=-1,
    sigmoid_top=len(top) - 2,
)
flat = torch.from_numpy(read("weights", "<f4"))
at = 0
with torch.no_grad():
    linear = [m for mlp in (model.bot_l, model.top_l) for m in mlp if hasattr(m, "weight")]
    tensors = [t for layer in linear for t in (layer.weight, layer.bias)]
    for tensor in tensors + [table.weight for table in model.emb_l]:
        tensor.copy_(flat[at : at + tensor.numel()].reshape(tensor.shape))
        at += tensor.numel()

dense = torch.from_numpy(read("dense", "<f4")).reshape(examples, bottom[0])
ids = torch.from_numpy(read("rows", "<i8")).reshape(fields, examples)
labels = torch.from_numpy(read("labels", "<f4")).reshape(examples, 1)
offsets = torch.arange(batch).repeat(fields, 1)
batches = [
    (
        dense[b : b + batch].contiguous(),
        [ids[f, b : b + batch].contiguous() for f in range(fields)],
        labels[b : b + batch].contiguous(),
    )
    for b in range(0, examples - batch + 1, batch)
]

kinds = {"sgd": torch.optim.SGD, "rwsadagrad": RWSAdagrad}
optimizer = kinds[optimizer_name](model.parameters(), lr=rate)
steps = 0


def train(count):
    global steps
    for _ in range(count):
        x, indices, y = batches[steps % len(batches)]
        loss = model.loss_fn(model(x, offsets, indices), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        steps += 1


print("torch", torch.__version__, file=answers, flush=True)
for line in sys.stdin:
    command = line.split()
    if command[0] == "train":
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        train(int(command[1]))
        print(time.process_time_ns() - cpu, time.perf_counter_ns() - wall, file=answers, flush=True)
    elif command[0] == "predict":
        x, indices, _ = batches[0]
        with torch.no_grad():
            p = model(x, offsets, indices).flatten()
        print(*p.tolist(), file=answers, flush=True)
