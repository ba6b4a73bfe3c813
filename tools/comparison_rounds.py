"""Accuracy against rounds and bytes, from the runs that `bin/cola compare` keeps.

    python tools/comparison_rounds.py cola-output-compare-averaging

prints a table in Markdown: for each method its rounds, the megabytes of states of a task (to one
executor, and from all shards), validation accuracy after a quarter, a half and all of the steps,
and test accuracy, with the standard error of its mean where there are several seeds. Means are over
tasks and seeds.
"""

import json
import statistics
import sys
from pathlib import Path

PARTS = (0.25, 0.5, 1.0)


def runs(folder):
    """Runs by method: (rounds of each task, results)."""
    methods = {}
    for results in sorted(Path(folder, "runs").glob("*/*/*/results.json")):
        with open(results.with_name("metrics.jsonl"), encoding="utf-8") as lines:
            rounds = [json.loads(line) for line in lines]
        tasks = {}
        for line in rounds:
            tasks.setdefault(line["task"], []).append(line)
        with open(results, encoding="utf-8") as file:
            methods.setdefault(results.parts[-4], []).append((tasks, json.load(file)))
    return methods


def after(rounds, part):
    """Validation accuracy of the last validated round within a part of the steps."""
    validated = [r for r in rounds if "accuracy" in r]
    done = [r for r in validated if r["step"] <= part * r["totalSteps"]]
    return (done or validated[:1])[-1]["accuracy"]


def row(method, seeds):
    tasks = [rounds for by_task, _ in seeds for rounds in by_task.values()]
    tests = [statistics.mean(t["accuracy"] for t in results["tasks"]) for _, results in seeds]
    error = statistics.stdev(tests) / len(tests) ** 0.5 if len(tests) > 1 else None
    megabytes = [
        statistics.mean(sum(r[way] for r in rounds) for rounds in tasks) / 1e6
        for way in ("bytesToExecutors", "bytesFromExecutors")
    ]
    cells = [
        method,
        f"{statistics.mean(len(rounds) for rounds in tasks):.0f}",
        *(f"{m:.0f}" for m in megabytes),
        *(f"{100 * statistics.mean(after(rounds, part) for rounds in tasks):.1f}" for part in PARTS),
        f"{100 * statistics.mean(tests):.1f}" + ("" if error is None else f" ± {100 * error:.1f}"),
    ]
    return "| " + " | ".join(cells) + " |"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for folder in sys.argv[1:]:
        print(f"{folder}\n")
        print("| method | rounds | MB to | MB from | ¼ | ½ | all | test |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for method, seeds in runs(folder).items():
            print(row(method, seeds))
        print()


if __name__ == "__main__":
    main()
