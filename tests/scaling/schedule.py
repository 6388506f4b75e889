#!/usr/bin/env python3
"""Throughput of an arm with 1 to 64 replicas, simulated from the measured costs of its stages.

    python3 tests/scaling/schedule.py

reads the newest figures of ReplicaStagesBench from docs/benchmarks.csv, prints a table for docs/scaling.md and draws
docs/scaling.svg. It needs Python 3.9 and nothing else.

The queues. Each is served by one thread, first come first served, and takes as long as its stage has cost on a
processor:

    source ─► student ─► replica 0 .. P-1 ─► topic ─► reader of changes ─► student

- Readers of the source decode; there are as many as decoding needs, so they take cores but never limit.
- The student orders and deals N = P x E events an interval and writes each to a replica. Before interval k it needs
  the changes of interval k - 2 (staleness 1); it merges them, reports the predictions, and writes the merge to each of
  the P replicas.
- A replica takes the merge, learns the events that it was dealt, and gives its change. Events are dealt at random, so
  replicas get more or fewer than E, and the last one determines when an interval is complete.
- The topic is one partition: producer, broker and consumer of a record one after the other, then a fixed latency.
- The reader of changes is a thread of the student's task.

Rows. A replica that learns n events changes c n^b rows; c and b follow from the rows of a change and of a merge, which
are of E and of 4 E events. The dense part is in the bytes and times of a row.
"""

import argparse
import csv
import math
import random

REPLICAS = [1, 2, 4, 8, 16, 32, 64]
MEASURED_REPLICAS = 4
CORES = 8
INTERVALS = 60
WARM = 10
COLOURS = ["#0b6e8a", "#c2571a", "#6a4c93"]


def read_costs(path):
    costs = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["bench"] == "ReplicaStagesBench":
                costs[row["figure"]] = float(row["value"])
    if not costs:
        raise SystemExit(f"{path} has no figure of ReplicaStagesBench; run it first")
    return costs


class Schedule:
    """One arm: times in microseconds."""

    def __init__(self, costs, replicas, events, step=1.0, latency=10_000.0):
        self.costs = costs
        self.replicas = replicas
        self.events = events
        self.step = costs["step"] * step
        self.latency = latency
        n, changed, merged = (costs[k] for k in ("events of a change", "rows of a change", "rows of a merge"))
        self.power = math.log(merged / changed) / math.log(MEASURED_REPLICAS)
        self.factor = changed / n**self.power
        self.busy = {"student": 0.0, "replica": 0.0, "topic": 0.0, "reader": 0.0}

    def rows(self, events):
        return self.factor * events**self.power

    def alone(self):
        """Events a second of a student without replicas."""
        c = self.costs
        return 1e6 / (c["order and deal"] + self.step)

    def run(self, seed=0):
        """Events a second; fills the share of time in which each thread is busy."""
        draw = random.Random(seed)
        c, p = self.costs, self.replicas
        total = p * self.events
        changed, merged = self.rows(self.events), self.rows(total)
        deal = total * (c["order and deal"] + c["write an event"])
        merge = p * changed * c["merge and report"] + p * merged * c["write a merge"]
        record = changed * c["bytes of a change"] / 1e6 * c["topic"]
        read = changed * c["read a change"]
        take = merged * c["take a merge"]
        student = topic = reader = 0.0
        replicas = [0.0] * p
        complete = []
        learned = 0.0
        began = 0.0
        for k in range(INTERVALS):
            if k == WARM:
                began = student
            if k >= 2:
                student = max(student, complete[k - 2]) + merge
            begin = student
            student += deal
            given = []
            for r, n in enumerate(self.dealt(draw, total)):
                work = n * (c["read an event"] + self.step) + changed * c["give a change"] + (take if k >= 2 else 0)
                replicas[r] = max(max(replicas[r], begin) + work, student)
                given.append(replicas[r])
                learned += work if k >= WARM else 0
            for at in sorted(given):
                topic = max(topic, at) + record
                reader = max(reader, topic + self.latency) + read
            complete.append(reader)
        time = student - began
        n = INTERVALS - WARM
        self.busy = {
            "student": n * (deal + merge) / time,
            "replica": learned / p / time,
            "topic": n * p * record / time,
            "reader": n * p * read / time,
        }
        return n * total / time * 1e6

    def dealt(self, draw, total):
        """Events of each replica: normal draws in place of a multinomial one."""
        shares = [max(0.0, draw.gauss(self.events, math.sqrt(self.events))) for _ in range(self.replicas)]
        return [total * share / sum(shares) for share in shares]


def series(costs, events, step):
    lines = []
    for p in REPLICAS:
        schedule = Schedule(costs, p, events, step)
        rate = schedule.alone() if p == 1 else schedule.run()
        lines.append((p, rate, schedule))
    return lines


def print_table(costs, lines):
    print("| replicas | events/s | over one | student busy | a replica | topic | reader of changes | cores | machines |")
    print("|---|---|---|---|---|---|---|---|---|")
    for p, rate, schedule in lines:
        readers = math.ceil(rate * costs["decode"] / 1e6)
        cores = readers + (1 if p == 1 else p + 2)
        busy = (
            ["100 %", "", "", ""]
            if p == 1
            else [f"{schedule.busy[k]:.0%}".replace("%", " %") for k in ("student", "replica", "topic", "reader")]
        )
        cells = [str(p), f"{rate:,.0f}", f"{rate / lines[0][1]:.1f}", *busy, str(cores), str(math.ceil(cores / CORES))]
        print("| " + " | ".join(cells) + " |")


def draw(path, curves):
    """Curves of (label, [(replicas, events/s)]), both axes logarithmic."""
    width, height, left, right, top, bottom = 720, 380, 70, 20, 16, 46
    rates = [rate for _, points in curves for _, rate in points]
    low = 10 ** math.floor(math.log10(min(rates)))
    high = 10 ** math.ceil(math.log10(max(rates)))

    def x(p):
        return left + (width - left - right) * math.log2(p) / math.log2(REPLICAS[-1])

    def y(rate):
        return top + (height - top - bottom) * math.log(high / rate) / math.log(high / low)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        '<title>Events a second by number of replicas, simulated</title>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    rate = low
    while rate <= high:
        for part in (1, 2, 5):
            if rate * part <= high:
                at = y(rate * part)
                out.append(f'<line x1="{left}" y1="{at:.1f}" x2="{width - right}" y2="{at:.1f}" stroke="#e2e2e2"/>')
                out.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{rate * part:,.0f}</text>')
        rate *= 10
    for p in REPLICAS:
        out.append(f'<text x="{x(p):.1f}" y="{height - bottom + 18}" text-anchor="middle">{p}</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 8}" text-anchor="middle">replicas</text>')
    out.append(f'<text x="{left + 4}" y="{top - 4}">events/s</text>')
    for i, (label, points) in enumerate(curves):
        colour = COLOURS[i % len(COLOURS)]
        path_points = " ".join(f"{x(p):.1f},{y(rate):.1f}" for p, rate in points)
        out.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for p, rate in points:
            out.append(f'<circle cx="{x(p):.1f}" cy="{y(rate):.1f}" r="3" fill="{colour}"/>')
        line = height - bottom - 14 - 16 * (len(curves) - 1 - i)
        out.append(f'<line x1="{width - 330}" y1="{line - 4}" x2="{width - 306}" y2="{line - 4}" stroke="{colour}" stroke-width="2"/>')
        out.append(f'<text x="{width - 300}" y="{line}">{label}</text>')
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--costs", default="docs/benchmarks.csv")
    options.add_argument("--figure", default="docs/scaling.svg")
    args = options.parse_args()
    costs = read_costs(args.costs)
    curves = []
    for label, events, step in (
        ("this model, 1,000 events a replica", 1_000, 1),
        ("this model, 4,000 events a replica", 4_000, 1),
        ("a step ten times as long, 1,000 events", 1_000, 10),
    ):
        lines = series(costs, events, step)
        print(f"\n{label}:\n")
        print_table(costs, lines)
        curves.append((label, [(p, rate) for p, rate, _ in lines]))
    draw(args.figure, curves)


if __name__ == "__main__":
    main()
