"""Time of a training step of the MLP 367-512-256-1 under SGD in PyTorch, as StepTimes.java does it.

Inputs come from the host, the loss's gradient too, outputs and the gradient of the inputs go back.
Prints `steps NAME BATCH MICROSECONDS`, the median.
"""
import statistics
import sys
import time

import torch

BATCHES = [128, 512, 2048, 8192, 32768, 65536]
WARM_UP, MOST, BUDGET = 20, 200, 4.0


def median(net, device, batch):
    x = (torch.rand(batch, 367) - 0.5) / 100
    dy = (torch.rand(batch, 1) - 0.5) / 100
    update = torch.optim.SGD(net.parameters(), lr=0.001)
    times, begin = [], time.perf_counter()
    while len(times) < WARM_UP + MOST and (len(times) < 3 or time.perf_counter() - begin < BUDGET):
        start = time.perf_counter()
        there = x.to(device).requires_grad_(True)
        y = net(there)
        update.zero_grad()
        y.backward(dy.to(device))
        update.step()
        y.detach().cpu(), there.grad.cpu()
        times.append(time.perf_counter() - start)
    kept = times[WARM_UP:] if len(times) > 2 * WARM_UP else times[len(times) // 2:]
    return statistics.median(kept)


def main():
    card = torch.cuda.is_available()
    device = torch.device("cuda" if card else "cpu")
    if not card:
        torch.set_num_threads(1)
    torch.manual_seed(1)
    layers = [367, 512, 256, 1]
    parts = []
    for i, (a, b) in enumerate(zip(layers, layers[1:])):
        parts += [torch.nn.Linear(a, b)] + ([torch.nn.ReLU()] if i + 2 < len(layers) else [])
    net = torch.nn.Sequential(*parts).to(device)
    name = "torch-" + torch.__version__ + ("-gpu" if card else "-cpu")
    for batch in BATCHES:
        print(f"steps {name} {batch} {median(net, device, batch) * 1e6:.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
