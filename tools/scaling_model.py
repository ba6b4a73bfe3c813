"""The cost model of docs/explanation/scaling.md: prints what it says of measured rounds, and of larger clusters.

    python tools/scaling_model.py

The constants are those of all-MiniLM-L6-v2 with the default adapter on 2 cores of an AMD EPYC with AVX-512; MEASURED has
seconds of a round from `bin/cola bench rounds` on that machine.
"""

import math
from typing import NamedTuple

STATE = 4.1e6  # bytes of a task's state, S
STEP = 0.13  # seconds of a local step of 16 examples on one core, t
SHARD = 0.022  # seconds of a core for a shard beside its steps: start, read, send, h
REDUCER = 0.014  # seconds of a core for the reduction of a task beside its bytes, r
REDUCE = 1.0e9  # bytes a second that one reducer reads and adds up, w
ROUND = 0.1  # seconds of a round's Spark jobs, f
SPARK_TASK = 0.33e-3  # seconds of the driver for a Spark task, δ
VALIDATE = 230  # examples a second that one core evaluates, e
LINK = 1.25e9  # bytes a second of a machine's network, 10 Gbit/s
LEG = 5  # seconds that tasks with one shard train in one Spark task, if no checkpoint comes before
MOST = 1000  # Spark tasks of a stage on few cores


class Setup(NamedTuple):
    tasks: int
    shards: int
    steps: int
    validation: int  # examples of a task
    cores: int
    executors: int = 1
    faster: int = 1  # how many times as fast executors compute as these cores


def spark_tasks(s):
    most = max(MOST, 2 * s.cores)
    training = min(s.tasks * s.shards, most)
    if s.shards == 1:
        return training
    return training + min(s.tasks, MOST) + min(s.tasks, most)


def parts(s, network=False):
    """Seconds of a round, by part."""
    shards = s.tasks * s.shards
    waves = math.ceil(shards / s.cores)
    times = {
        "train": waves * s.steps * STEP / s.faster,
        "shards": waves * SHARD,
        "driver": ROUND + spark_tasks(s) * SPARK_TASK,
        "validate": s.tasks * s.validation / VALIDATE / s.faster / min(s.cores, s.tasks),
    }
    if s.shards == 1:  # several rounds are one Spark task
        rounds = max(1, int(LEG / sum(times.values()))) if network else 1
        times["driver"] /= rounds
        return times
    times["reduce"] = math.ceil(s.tasks / min(s.tasks, s.cores)) * (REDUCER + s.shards * STATE / REDUCE)
    if network:  # states and updates between executors; a single task's state leaves one machine
        times["network"] = shards * STATE / LINK * (1 / min(s.executors, s.tasks) + 1 / s.executors)
        slices = min(s.cores, math.ceil(s.shards * STATE / 64e6)) if s.shards >= 16 else 1
        times["reduce"] = math.ceil(s.tasks / min(s.tasks, s.cores)) * (REDUCER + s.shards * STATE / REDUCE / slices)
    return times


MEASURED = [
    (Setup(1, 2, 2, 20, 2), 0.71),
    (Setup(4, 2, 2, 20, 2), 1.67),
    (Setup(16, 2, 2, 20, 2), 5.42),
    (Setup(64, 2, 2, 20, 2), 22.44),
    (Setup(1, 4, 2, 20, 2), 1.28),
    (Setup(1, 16, 2, 20, 2), 2.62),
    (Setup(1, 64, 2, 20, 2), 10.88),
    (Setup(1, 1, 2, 20, 2), 0.76),
    (Setup(4, 1, 2, 20, 2), 1.68),
    (Setup(16, 1, 2, 20, 2), 2.87),
    (Setup(64, 1, 2, 20, 2), 10.99),
]

LARGER = [
    Setup(100, 2, 50, 200, 40, 10),
    Setup(100, 2, 50, 200, 200, 50),
    Setup(500, 2, 50, 200, 200, 50),
    Setup(1000, 2, 50, 200, 4000, 1000),
    Setup(10000, 1, 50, 200, 4000, 1000),
    Setup(10000, 2, 50, 200, 4000, 1000),
    Setup(10000, 2, 500, 200, 4000, 1000),
    Setup(1, 4000, 50, 200, 4000, 1000),
]


def main():
    print("| tasks | shards | measured, s | model, s | off by |")
    print("|---:|---:|---:|---:|---:|")
    for setup, seconds in MEASURED:
        model = sum(parts(setup).values())
        off = 100 * (model / seconds - 1)
        print(f"| {setup.tasks} | {setup.shards} | {seconds:.2f} | {model:.2f} | {off:+.0f} % |")
    for faster in (1, 10):
        print()
        print("| executors | tasks | shards | steps | round, s | training | validation | driver | shards, reduce, network |")
        print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
        for setup in LARGER:
            times = parts(setup._replace(faster=faster), network=True)
            total = sum(times.values())
            rest = sum(times.get(part, 0) for part in ("shards", "reduce", "network"))
            print(
                f"| {setup.executors:,} × 4 cores | {setup.tasks:,} | {setup.shards:,} | {setup.steps} | {total:.1f}"
                f" | {100 * times['train'] / total:.0f} % | {100 * times['validate'] / total:.0f} %"
                f" | {100 * times['driver'] / total:.0f} % | {100 * rest / total:.0f} % |"
            )


if __name__ == "__main__":
    main()
