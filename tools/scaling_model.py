"""The cost model of docs/explanation/scaling.md: prints what it says of measured rounds, and of larger clusters.

    python tools/scaling_model.py

The constants are those of all-MiniLM-L6-v2 with the default adapter on 2 cores of an AMD EPYC (AVX2);
MEASURED has seconds of a round from `bin/cola bench rounds` on that machine.
"""

import math
from typing import NamedTuple

STATE = 10.1e6  # bytes of a task's state, S
STEP = 0.171  # seconds of a local step of 16 examples on one core, t
SHARD = 0.06  # seconds of a core for a shard beside its steps: start, fetch, send, h
TASK = 0.1  # seconds of the driver for a task of STATE bytes: broadcast, collect, d
ROUND = 0.35  # seconds of two Spark jobs, f
REDUCE = 0.45e9  # bytes a second that one reducer reads and adds up, w
VALIDATE = 214  # examples a second that one core evaluates
LINK = 1.25e9  # bytes a second of a machine's network, 10 Gbit/s


class Setup(NamedTuple):
    tasks: int
    shards: int
    steps: int
    validation: int  # examples of a task
    cores: int
    executors: int = 1


def parts(s, state=STATE, network=False):
    """Seconds of a round, by part."""
    shards = s.tasks * s.shards
    waves = math.ceil(shards / s.cores)
    reducers = min(s.tasks, s.cores)
    times = {
        "train": waves * s.steps * STEP,
        "shards": waves * SHARD,
        "driver": ROUND + s.tasks * TASK * state / STATE,
        "reduce": math.ceil(s.tasks / reducers) * s.shards * state / REDUCE,
        "validate": s.tasks * s.validation / VALIDATE / min(s.cores, s.tasks),
    }
    if network:  # the driver sends each state once and gets one back; executors pass states on
        times["network"] = 2 * s.tasks * state / LINK
        times["shuffle"] = shards * state / LINK / min(s.executors, s.tasks)
    return times


MEASURED = [
    ("local[1]", Setup(4, 2, 50, 200, 1), 73.32),
    ("1 executor of 1 core", Setup(4, 2, 50, 200, 1), 71.91),
    ("2 executors of 1 core", Setup(4, 2, 50, 200, 2, 2), 39.10),
    ("1 executor of 1 core", Setup(4, 2, 25, 200, 1), 38.82),
    ("2 executors of 1 core", Setup(4, 2, 25, 200, 2, 2), 21.75),
    ("local[2]", Setup(1, 2, 2, 20, 2), 1.00),
    ("local[2]", Setup(4, 2, 2, 20, 2), 2.85),
    ("local[2]", Setup(16, 2, 2, 20, 2), 10.01),
    ("local[2]", Setup(64, 2, 2, 20, 2), 37.34),
    ("local[2]", Setup(1, 1, 2, 20, 2), 0.77),
    ("local[2]", Setup(1, 4, 2, 20, 2), 1.41),
    ("local[2]", Setup(1, 16, 2, 20, 2), 3.76),
    ("local[2]", Setup(1, 64, 2, 20, 2), 13.97),
    ("local[2]", Setup(1, 256, 2, 20, 2), 61.68),
]

LARGER = [
    Setup(100, 2, 50, 200, 40, 10),
    Setup(100, 2, 50, 200, 200, 50),
    Setup(500, 2, 50, 200, 200, 50),
    Setup(1000, 2, 50, 200, 4000, 1000),
    Setup(10000, 2, 50, 200, 4000, 1000),
    Setup(10000, 2, 500, 200, 4000, 1000),
    Setup(1, 4000, 50, 200, 4000, 1000),
]


def main():
    print("| where | tasks | shards | steps | measured, s | model, s | off by |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for where, setup, seconds in MEASURED:
        model = sum(parts(setup).values())
        print(
            f"| {where} | {setup.tasks} | {setup.shards} | {setup.steps} | {seconds:.2f} | {model:.2f}"
            f" | {100 * (model / seconds - 1):+.0f} % |"
        )
    print()
    print("| executors | tasks | shards | steps | round, s | training | driver | reduce, shuffle | results |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for setup in LARGER:
        times = parts(setup, network=True)
        total = sum(times.values())
        print(
            f"| {setup.executors} × 4 cores | {setup.tasks:,} | {setup.shards:,} | {setup.steps}"
            f" | {total:.0f} | {100 * times['train'] / total:.0f} %"
            f" | {100 * (times['driver'] + times['network']) / total:.0f} %"
            f" | {100 * (times['reduce'] + times['shuffle']) / total:.0f} %"
            f" | {setup.tasks * STATE / 1e9:.1f} GB |"
        )


if __name__ == "__main__":
    main()
