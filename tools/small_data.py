"""Classifiers of 50 to 400 examples: full fine-tuning with PyTorch beside CoLA4J, to choose defaults by.

    python tools/small_data.py data FOLDER --wordnet FOLDER --vader vaderSentiment-3.3.2.tar.gz
    python tools/small_data.py full FOLDER RESULTS.jsonl --encoder minilm=MODEL_DIR [--encoder …]
    python tools/small_data.py cola FOLDER RESULTS.jsonl --encoder minilm=MODEL [--encoder …] --name NAME
                                    [--set KEY=VALUE …] [--program bin/cola]
    python tools/small_data.py table RESULTS.jsonl [--against full]

`data` makes six tasks: the four of `cola wordnet` (write them with `--train 4000 --validation 500 --test 1000`) and two of
the rated snippets that the source package of vaderSentiment has (film reviews: positive or negative; sentences about
products: negative, neutral, positive). A seed draws n examples to train and n / 2 to validate, stratified as they come; all
seeds share 500 test examples.

`full` trains every weight of a BERT with a linear layer on the mean of its last hidden states: AdamW, decay 0.01, dropout
0.1, batches of 16, clipping at 1, linear decay after a tenth of warm-up, the last state. The learning rate is the best of
--rates by mean validation accuracy over the first --tuning seeds of a task, an encoder and a size; the other seeds are
trained with it alone. --bfloat16-products lets matrix products round their inputs, which CPUs with AMX do several times
faster. `cola` trains all tasks and seeds of a size in one job. Both append to RESULTS and leave out what stands there, so
they may be stopped at any time.

`table` prints, for each encoder and size, the mean over tasks of the test accuracy, its standard error over seeds, and the
difference to full fine-tuning, seed by seed.
"""

import argparse
import json
import random
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from statistics import mean, stdev

SIZES = (50, 100, 200, 400)
EPOCHS = {50: 20, 100: 15, 200: 10, 400: 10}
TEST = 500


def read(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def rated(package, name):
    """(mean rating from -4 to 4, snippet) of each line of a file in the archive inside the package."""
    with tarfile.open(package) as outer:
        inner = next(m for m in outer.getnames() if m.endswith("hutto_ICWSM_2014.tar.gz"))
        with tarfile.open(fileobj=BytesIO(outer.extractfile(inner).read())) as archive:
            text = archive.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt").read().decode("latin-1")
    for line in text.splitlines():
        _, rating, snippet = line.split("\t", 2)
        yield float(rating), snippet.strip()


def film(rating):
    return None if abs(rating) < 1 else "positive" if rating > 0 else "negative"


def product(rating):
    return "positive" if rating > 0.7 else "negative" if rating < -0.7 else "neutral"


def make_data(args):
    tasks = {}
    for task in ("noun-domain", "verb-domain", "part-of-speech", "word-fit"):
        folder = args.wordnet / task
        tasks[task] = (read(folder / "train.jsonl"), read(folder / "test.jsonl"))
    for task, name, label in (("film", "movieReviewSnippets", film), ("product", "amazonReviewSnippets", product)):
        rows = [{"text": text, "label": label(rating)} for rating, text in rated(args.vader, name)]
        rows = [row for row in {row["text"]: row for row in rows}.values() if row["label"] and row["text"]]
        random.Random(0).shuffle(rows)
        tasks[task] = (rows[TEST:], rows[:TEST])
    for task, (pool, test) in tasks.items():
        write(args.folder / task / "test.jsonl", test[:TEST])
        classes = sorted({row["label"] for row in pool})
        (args.folder / task / "classes.json").write_text(json.dumps(classes))
        for seed in range(1, args.seeds + 1):
            rows = random.Random(f"{task} {seed}").sample(pool, SIZES[-1] * 3 // 2)
            for size in SIZES:
                folder = args.folder / task / f"{size}-{seed}"
                write(folder / "train.jsonl", rows[:size])
                write(folder / "validation.jsonl", rows[SIZES[-1] :][: size // 2])
        print(f"{task}: {len(classes)} classes, a pool of {len(pool)}, {len(test)} to test")


def tasks_of(args):
    return sorted(path.parent.name for path in args.folder.glob("*/classes.json") if fits(args.tasks, path.parent.name))


def fits(chosen, name):
    return not chosen or name in chosen


def done(path):
    return read(path) if path.exists() else []


def append(path, row):
    with open(path, "a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def settings(text):
    """rate=3e-4,decay=0.1 → a mapping of numbers and words."""
    pairs = (pair.split("=", 1) for pair in text.split(",") if pair)
    return {key: float(value) if value[0].isdigit() else value for key, value in pairs}


class Grid:
    """The rows of all tasks and seeds of an encoder and a size, as R runs beside each other."""

    def __init__(self, args, bert, size, tasks):
        self.bert = bert
        self.cells = [(task, seed) for task in tasks for seed in range(1, args.seeds + 1)]
        self.classes, self.parts = {}, {}
        for task in tasks:
            folder = args.folder / task
            self.classes[task] = json.loads((folder / "classes.json").read_text())
            test = bert.encoded(read(folder / "test.jsonl"), self.classes[task])
            for seed in range(1, args.seeds + 1):
                parts = {"test": test}
                for part in ("train", "validation"):
                    parts[part] = bert.encoded(read(folder / f"{size}-{seed}" / f"{part}.jsonl"), self.classes[task])
                self.parts[task, seed] = parts

    def part(self, name, times=1):
        from small_data_torch import Rows

        return Rows([self.parts[cell][name] for _ in range(times) for cell in self.cells], self.bert.device)

    def model(self, trained, times, **more):
        """Heads and `trained` of the grid's runs, so many times over."""
        import torch
        from small_data_torch import Model, Runs, heads

        classes = [len(self.classes[task]) for task, _ in self.cells] * times
        seeds = [seed for _, seed in self.cells] * times
        runs = Runs({**trained, **heads(self.bert, classes, seeds)})
        return Model(self.bert, runs, torch.tensor(classes, device=self.bert.device), **more), seeds


def full(args):
    """Every weight of R copies, all rates side by side, two tasks of about the same length at a time."""
    import torch
    from small_data_torch import Bert, score, train

    torch.set_float32_matmul_precision("high")
    plain = lambda name: "Norm" in name or name.endswith("bias")
    have = {(r["encoder"], r["size"], r["task"], r["rate"]) for r in done(args.results) if r["name"] == "full"}
    for encoder, folder in args.encoders.items():
        bert = Bert(folder, args.device)
        for size in args.sizes:
            for tasks in alike(args, bert, size):
                rates = [rate for rate in args.rates if any((encoder, size, task, rate) not in have for task in tasks)]
                if not rates:
                    continue
                start = time.time()
                torch.manual_seed(size)
                grid = Grid(args, bert, size, tasks)
                copies = {
                    name: weight.unsqueeze(0).expand(len(grid.cells) * len(rates), *weight.shape)
                    for name, weight in sorted(bert.weights.items(), key=lambda pair: plain(pair[0]))
                }
                model, seeds = grid.model(copies, len(rates), hidden_dropout=0.1)
                optimizer = model.runs.optimizer(
                    lambda run, name: rates[run // len(grid.cells)], lambda run, name: 0.0 if plain(name) else 0.01
                )
                rows = grid.part("train", len(rates))
                with torch.autocast(args.device, torch.bfloat16, enabled=args.autocast):
                    train(
                        model, optimizer, rows, seeds, EPOCHS[size], args.batch_size,
                        lambda step, steps: min((step + 1) / (0.1 * steps + 1), (steps - step) / (0.9 * steps)),
                    )
                validation = score(model, grid.part("validation", len(rates)))[0].tolist()
                test = score(model, grid.part("test", len(rates)))[0].tolist()
                seconds = time.time() - start
                for r in range(len(test)):
                    task, seed = grid.cells[r % len(grid.cells)]
                    row = dict(
                        name="full", encoder=encoder, task=task, size=size, seed=seed, rate=rates[r // len(grid.cells)],
                        validation=validation[r], test=test[r], seconds=round(seconds / len(test), 2),
                    )
                    append(args.results, row)
                print(f"full {encoder} {size} {tasks}: {100 * mean(test):.1f} in {seconds:.0f} s", flush=True)
                del model, optimizer, copies


def alike(args, bert, size):
    """Pairs of tasks whose texts are of about the same length, so that little is padded."""
    length = {}
    for task in tasks_of(args):
        rows = read(args.folder / task / f"{size}-1" / "train.jsonl")
        length[task] = mean(len(row["text"]) + len(row.get("pair", "")) for row in rows)
    ordered = sorted(length, key=length.get)
    return [ordered[i : i + 2] for i in range(0, len(ordered), 2)]


class Kept:
    """The best state of each run by a metric, until `patience` validations in a row were no better."""

    def __init__(self, runs, metric, patience):
        self.runs, self.metric, self.patience = runs, metric, patience
        self.values = runs.values.detach().clone()
        self.best = [None] * runs.count
        self.worse = [0] * runs.count
        self.round = [0] * runs.count

    def offer(self, accuracy, loss, round, stop):
        for r, (a, l) in enumerate(zip(accuracy, loss)):
            if self.worse[r] >= self.patience or round > stop[r]:
                continue
            value = (-l,) if self.metric == "loss" else (a, -l)
            if self.best[r] is None or value > self.best[r]:
                self.best[r], self.worse[r], self.round[r] = value, 0, round
                self.values[r] = self.runs.values[r]
            else:
                self.worse[r] += 1


DEFAULTS = dict(rank=8, alpha=2, a=2, b=3, rate=3e-4, head=3e-3, decay=0, dropout=0, epochs=10, init="pissa", warmup=0.1)


def search(args):
    """Low-rank pairs of R runs as CoLA4J trains full pairing with one shard: A at a · rate, B at b · rate (docs/gradients.md).

    A look around, not evidence: what it recommends has to be run with CoLA4J. Alpha is a multiple of the rank.
    """
    import math

    import torch
    from small_data_torch import MODULES, NAMES, Bert, score, train

    torch.set_float32_matmul_precision("high")
    names = {text: {**DEFAULTS, **settings(text)} for text in args.setting}
    have = {(r["name"], r["encoder"], r["size"]) for r in done(args.results)}
    for encoder, folder in args.encoders.items():
        bert = Bert(folder, args.device)
        modules = [f"encoder.layer.{i}.{NAMES.get(m, m)}" for i in range(bert.layers) for m in MODULES]
        svds = {m: torch.linalg.svd(bert.weights[f"{m}.weight"], full_matrices=False) for m in modules}
        for size in args.sizes:
            grid = Grid(args, bert, size, tasks_of(args))
            todo = [text for text in names if ("search " + text, encoder, size) not in have]
            for i in range(0, len(todo), args.together):
                some = [names[text] for text in todo[i : i + args.together]]
                start, cells = time.time(), len(grid.cells)
                rank = int(max(s["rank"] for s in some))
                by_run = [s for s in some for _ in grid.cells]
                column = lambda values: torch.tensor(values, device=bert.device).view(-1, 1, 1)
                starts, fixed = {}, {}
                for kind in "AB":
                    for m in modules:
                        u, s, vt = svds[m]
                        out = []
                        for setting in by_run:
                            r, scaling = int(setting["rank"]), setting["alpha"]
                            root = (s[:r] / scaling).sqrt()
                            if kind == "A":
                                full = torch.zeros(rank, vt.shape[1], device=bert.device)
                                if setting["init"] == "pissa":
                                    full[:r] = root.unsqueeze(1) * vt[:r]
                                else:
                                    bound = vt.shape[1] ** -0.5
                                    full[:r].uniform_(-bound, bound)
                            else:
                                full = torch.zeros(u.shape[0], rank, device=bert.device)
                                if setting["init"] == "pissa":
                                    full[:, :r] = u[:, :r] * root
                            out.append(full)
                        starts[f"{m}.{kind}"] = torch.stack(out)
                for m in modules:
                    fixed[m] = (starts[f"{m}.A"].clone(), starts[f"{m}.B"].clone())
                dropout = column([s["dropout"] for s in by_run]) if any(s["dropout"] for s in some) else None
                model, seeds = grid.model(
                    starts, len(some), low_rank=fixed, scaling=column([float(s["alpha"]) for s in by_run]), dropout=dropout
                )

                def rate(run, name):
                    s = by_run[run]
                    return s["head"] if "head" in name else s["rate"] * (s["a"] if name.endswith("A") else s["b"])

                optimizer = model.runs.optimizer(rate, lambda run, name: by_run[run]["decay"])
                stop = [int(s["epochs"]) for s in by_run]
                epochs = max(stop)
                if min(stop) != epochs:
                    sys.exit("expected settings of equal epochs side by side; give --together 1 or sort them")
                kept = [Kept(model.runs, "accuracy", 4), Kept(model.runs, "loss", 4), Kept(model.runs, "loss", 99)]
                state = {"round": 0}

                validation = grid.part("validation", len(some))

                def after():
                    state["round"] += 1
                    accuracy, loss = score(model, validation)
                    for keep in kept:
                        keep.offer(accuracy.tolist(), loss.tolist(), state["round"], stop)

                warm = some[0]["warmup"]

                def cosine(step, steps):
                    warmed = round(warm * steps)
                    if step < warmed:
                        return (step + 1) / (warmed + 1)
                    return 0.5 * (1 + math.cos(math.pi * min(1, (step - warmed) / max(1, steps - warmed))))

                rows = grid.part("train", len(some))
                with torch.autocast(args.device, torch.bfloat16, enabled=args.autocast):
                    train(model, optimizer, rows, seeds, epochs, args.batch_size, cosine, after)
                test = grid.part("test", len(some))
                tests = {"last": score(model, test)[0].tolist()}
                last = model.runs.values.detach().clone()
                for keep, name in zip(kept, ("accuracy", "loss", "loss-no-patience")):
                    with torch.no_grad():
                        model.runs.values.copy_(keep.values)
                    tests[name] = score(model, test)[0].tolist()
                seconds = round((time.time() - start) / len(by_run), 3)
                for k, text in enumerate(todo[i : i + args.together]):
                    for c, (task, seed) in enumerate(grid.cells):
                        r = k * cells + c
                        append(
                            args.results,
                            dict(
                                name="search " + text, encoder=encoder, task=task, size=size, seed=seed,
                                test=tests["accuracy"][r], by={name: values[r] for name, values in tests.items()},
                                rounds=[keep.round[r] for keep in kept], seconds=seconds,
                            ),
                        )
                    mean_of = {name: round(100 * mean(values[k * cells : (k + 1) * cells]), 1) for name, values in tests.items()}
                    print(f"{encoder} {size} {text}: {mean_of} in {seconds * cells:.0f} s", flush=True)
                del model, optimizer, starts, fixed, last


def cola(args):
    """One job for each encoder and size, with a task for each task and seed."""
    rows = done(args.results)
    have = {(r["name"], r["encoder"], r["task"], r["size"], r["seed"]) for r in rows}
    for size in args.sizes:
        for encoder, model in args.encoders.items():
            names = {
                f"{task}-{seed}": (task, seed)
                for task in tasks_of(args)
                for seed in range(1, args.seeds + 1)
                if (args.name, encoder, task, size, seed) not in have
            }
            if not names:
                continue
            job = {"model": model, "tasks": []}
            for name, (task, seed) in names.items():
                folder = (args.folder / task).resolve()
                examples = folder / f"{size}-{seed}"
                job["tasks"].append(
                    {
                        "name": name,
                        "train": str(examples / "train.jsonl"),
                        "validation": str(examples / "validation.jsonl"),
                        "test": str(folder / "test.jsonl"),
                        "classes": json.loads((folder / "classes.json").read_text()),
                        **({"columns": {"pair": "pair"}} if task == "word-fit" else {}),
                    }
                )
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "job.yaml"
                file.write_text(json.dumps(job))  # JSON is YAML
                command = [args.program, "train", str(file), "--output", f"{folder}/out"]
                for setting in args.set:
                    command += ["--set", setting]
                start = time.time()
                subprocess.run(command, check=True, stdout=sys.stderr)
                result = json.loads(Path(f"{folder}/out/results.json").read_text())
                for task in result["tasks"]:
                    short, seed = names[task["task"]]
                    append(
                        args.results,
                        dict(
                            name=args.name, encoder=encoder, task=short, size=size, seed=seed, set=args.set,
                            validation=task["validationAccuracy"], test=task["accuracy"], rounds=task["bestRound"],
                            probe=task.get("baselineAccuracy"), seconds=round((time.time() - start) / len(names), 1),
                        ),
                    )


def chosen(rows):
    """Of full fine-tuning the rate that the first seeds chose; all else as it is. By (name, encoder, size), task, seed."""
    tuned = defaultdict(lambda: defaultdict(dict))
    result = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        group = (row["name"], row["encoder"], row["size"])
        if "rate" in row:
            tuned[group, row["task"]][row["rate"]][row["seed"]] = row
        else:
            result[group][row["task"]][row["seed"]] = row["test"]
    for (group, task), rates in tuned.items():
        seeds = set.intersection(*(set(seeds) for seeds in rates.values()))
        best = max(rates, key=lambda rate: mean(rates[rate][seed]["validation"] for seed in seeds))
        result[group][task] = {seed: row["test"] for seed, row in rates[best].items()}
    return result


def spread(values):
    return f"{100 * mean(values):.1f}" + (f" ± {100 * stdev(values) / len(values) ** 0.5:.1f}" if len(values) > 1 else "")


def table(args):
    result = chosen(done(args.results))
    print("| encoder | examples | method | tasks | seeds | accuracy | minus " + args.against + " |")
    print("|---|---:|---|---:|---:|---:|---:|")
    for name, encoder, size in sorted(result, key=lambda group: (group[1], group[2], group[0] != args.against, group[0])):
        own, other = result[name, encoder, size], result.get((args.against, encoder, size), {})
        common = sorted(set(own) & set(other)) or sorted(own)
        if args.detail:
            print(name, encoder, size, {task: round(100 * mean(own[task].values()), 1) for task in sorted(own)})
        seeds = sorted(set.intersection(*(set(own[task]) & set(other.get(task, own[task])) for task in common)))
        if not seeds:
            continue
        accuracy = [mean(own[task][seed] for task in common) for seed in seeds]
        minus = [mean(own[task][seed] - other[task][seed] for task in common) for seed in seeds] if other else None
        print(
            f"| {encoder} | {size} | {name} | {len(common)} | {len(seeds)} | {spread(accuracy)} | "
            f"{'' if not other or name == args.against else spread(minus)} |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)

    def command(name, function, *positional):
        sub = commands.add_parser(name)
        sub.set_defaults(function=function)
        for argument in positional:
            sub.add_argument(argument, type=Path)
        return sub

    data = command("data", make_data, "folder")
    data.add_argument("--wordnet", type=Path, required=True)
    data.add_argument("--vader", type=Path, required=True)
    data.add_argument("--seeds", type=int, default=5)
    trained = [command(name, of, "folder", "results") for name, of in (("full", full), ("search", search), ("cola", cola))]
    for sub in trained:
        sub.add_argument("--encoder", action="append", required=True, help="NAME=MODEL")
        sub.add_argument("--sizes", type=int, nargs="+", default=SIZES)
        sub.add_argument("--tasks", nargs="+", default=[])
        sub.add_argument("--seeds", type=int, default=5)
    for sub in trained[:2]:
        sub.add_argument("--batch-size", type=int, default=16)
        sub.add_argument("--device", default="cpu")
        sub.add_argument("--autocast", action="store_true", help="bfloat16 products in training")
    trained[0].add_argument("--rates", type=float, nargs="+", default=[3e-5, 7e-5, 1.5e-4, 3e-4])
    trained[1].add_argument("--setting", action="append", default=[], help="as rate=1e-4,rank=16; '' has the defaults")
    trained[1].add_argument("--together", type=int, default=4, help="settings side by side")
    trained[2].add_argument("--name", required=True)
    trained[2].add_argument("--set", action="append", default=[])
    trained[2].add_argument("--program", default="bin/cola")
    shown = command("table", table, "results")
    shown.add_argument("--against", default="full")
    shown.add_argument("--detail", action="store_true")
    args = parser.parse_args()
    if hasattr(args, "encoder"):
        args.encoders = dict(pair.split("=", 1) for pair in args.encoder)
    args.function(args)


if __name__ == "__main__":
    main()
