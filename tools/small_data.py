"""Classifiers of 50 to 400 examples: full fine-tuning with PyTorch beside CoLA4J, to choose defaults by.

    python tools/small_data.py data FOLDER --wordnet FOLDER --vader vaderSentiment-3.3.2.tar.gz
    python tools/small_data.py full FOLDER RESULTS.jsonl --encoder minilm=MODEL_DIR [--encoder …] [--device cuda]
    python tools/small_data.py search FOLDER RESULTS.jsonl --encoder minilm=MODEL_DIR --setting rate=1e-4,rank=16 …
    bin/cola bench small FOLDER RESULTS.jsonl --encoder minilm=MODEL_DIR --setting '{"name": "cola", "adapter": {…}}'
    python tools/small_data.py table RESULTS.jsonl [--against full] [--kept accuracy]

`data` makes six tasks: the four of `cola wordnet` (write them with `--train 4000 --validation 500 --test 1000`) and two of
the rated snippets that the source package of vaderSentiment has (film reviews: positive or negative; sentences about
products: negative, neutral, positive). A seed draws n examples to train and n / 2 to validate, stratified as they come; all
seeds share 500 test examples.

`full` trains every weight of a BERT with a linear layer on the mean of its last hidden states: AdamW, decay 0.01, dropout
0.1, batches of at most 16, clipping at 1, linear decay after a tenth of warm-up, the last state. The learning rate of a
task, an encoder and a size is the best of --rates by mean validation accuracy over seeds. Both trainings of PyTorch compute
all seeds and rates side by side (small_data_torch.py); a GPU takes seconds where two CPU cores take hours. Everything appends
to RESULTS and leaves out what stands there, so it may be stopped at any time.

`table` prints, for each encoder and size, the mean over tasks of the test accuracy, its standard error over seeds, and the
difference to full fine-tuning, seed by seed.
"""

import argparse
import json
import random
import sys
import tarfile
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

    def needed_tokens(self):
        """Numbers the tokens of all texts anew, and returns their old numbers: other rows of the embeddings would only decay."""
        used = sorted({i for parts in self.parts.values() for rows in parts.values() for ids, _, _ in rows for i in ids})
        new = {old: i for i, old in enumerate(used)}
        for parts in self.parts.values():
            for name, rows in parts.items():
                parts[name] = [([new[i] for i in ids], types, label) for ids, types, label in rows]
        return used

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
    from small_data_torch import Bert, fast, score, train

    fast()
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
                words = "embeddings.word_embeddings.weight"
                weights = {**bert.weights, words: bert.weights[words][grid.needed_tokens()]}
                copies = {
                    name: weight.unsqueeze(0).expand(len(grid.cells) * len(rates), *weight.shape)
                    for name, weight in sorted(weights.items(), key=lambda pair: plain(pair[0]))
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


DEFAULTS = dict(rank=8, alpha=2, a=2, b=3, rate=3e-4, head=3e-3, decay=0, dropout=0, epochs=10, init="pissa", warmup=0.1)


def search(args):
    """Low-rank pairs of many settings side by side, as CoLA4J trains full pairing in one shard (docs/explanation/math).

    A look around: what it recommends has to be run with `bench small`. alpha is a multiple of the rank.
    """
    from small_data_torch import Bert, LowRank, fast

    fast()
    names = {text: {**DEFAULTS, **settings(text)} for text in args.setting}
    have = {(r["name"], r["encoder"], r["size"]) for r in done(args.results)}
    for encoder, folder in args.encoders.items():
        bert = Bert(folder, args.device)
        low_rank = LowRank(bert)
        for size in args.sizes:
            grid = Grid(args, bert, size, tasks_of(args))
            todo = [text for text in names if ("search " + text, encoder, size) not in have]
            for i in range(0, len(todo), args.together):
                texts = todo[i : i + args.together]
                by_run = [names[text] for text in texts for _ in grid.cells]
                if len({(setting["epochs"], setting["warmup"]) for setting in by_run}) > 1:
                    sys.exit("expected settings of equal epochs and warm-up side by side; sort them, or give --together 1")
                start = time.time()
                tests = side_by_side(args, low_rank, grid, by_run)
                for r in range(len(by_run)):
                    text, (task, seed) = texts[r // len(grid.cells)], grid.cells[r % len(grid.cells)]
                    row = dict(name="search " + text, encoder=encoder, task=task, size=size, seed=seed)
                    append(args.results, {**row, **{name: values[r] for name, values in tests.items()}})
                print(f"search {encoder} {size} {texts} in {time.time() - start:.0f} s", flush=True)


def side_by_side(args, low_rank, grid, by_run):
    """Test accuracies of the runs by the state that is kept: the last ("test"), or the best by a metric."""
    import torch
    from small_data_torch import Kept, cosine, score, train

    times = len(by_run) // len(grid.cells)
    trained, parts = low_rank.starts(by_run)
    model, seeds = grid.model(trained, times, **parts)
    optimizer = model.runs.optimizer(
        lambda run, name: low_rank.rate(by_run[run], name), lambda run, name: by_run[run]["decay"]
    )
    rows, validation, test = (grid.part(part, times) for part in ("train", "validation", "test"))
    kept = {metric: Kept(model.runs, metric) for metric in ("accuracy", "loss")}

    def after_epoch():
        scores = score(model, validation)
        for keep in kept.values():
            keep.offer(*scores)

    schedule = cosine(by_run[0]["warmup"])
    with torch.autocast(args.device, torch.bfloat16, enabled=args.autocast):
        train(model, optimizer, rows, seeds, int(by_run[0]["epochs"]), args.batch_size, schedule, after_epoch)
    tests = {"test": score(model, test)[0].tolist()}
    for metric, keep in kept.items():
        keep.restore()
        tests[metric] = score(model, test)[0].tolist()
    return tests


def chosen(rows, kept):
    """Of full fine-tuning the rate that the first seeds chose; all else as it is. By (name, encoder, size), task, seed."""
    tuned = defaultdict(lambda: defaultdict(dict))
    result = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        group = (row["name"], row["encoder"], row["size"])
        if "rate" in row:
            tuned[group, row["task"]][row["rate"]][row["seed"]] = row
        else:
            result[group][row["task"]][row["seed"]] = row.get(kept, row["test"])
    for (group, task), rates in tuned.items():
        seeds = set.intersection(*(set(seeds) for seeds in rates.values()))
        best = max(rates, key=lambda rate: mean(rates[rate][seed]["validation"] for seed in seeds))
        result[group][task] = {seed: row["test"] for seed, row in rates[best].items()}
    return result


def spread(values):
    return f"{100 * mean(values):.1f}" + (f" ± {100 * stdev(values) / len(values) ** 0.5:.1f}" if len(values) > 1 else "")


def table(args):
    result = chosen(done(args.results), args.kept)
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
    trained = [command(name, of, "folder", "results") for name, of in (("full", full), ("search", search))]
    for sub in trained:
        sub.add_argument("--encoder", action="append", required=True, help="NAME=MODEL")
        sub.add_argument("--sizes", type=int, nargs="+", default=SIZES)
        sub.add_argument("--tasks", nargs="+", default=[])
        sub.add_argument("--seeds", type=int, default=5)
        sub.add_argument("--batch-size", type=int, default=16)
        sub.add_argument("--device", default="cpu")
        sub.add_argument("--autocast", action="store_true", help="bfloat16 products in training")
    trained[0].add_argument("--rates", type=float, nargs="+", default=[3e-5, 7e-5, 1.5e-4, 3e-4])
    trained[1].add_argument("--setting", action="append", default=[], help="as rate=1e-4,rank=16; '' has the defaults")
    trained[1].add_argument("--together", type=int, default=4, help="settings side by side")
    shown = command("table", table, "results")
    shown.add_argument("--against", default="full")
    shown.add_argument("--kept", default="test", help="accuracy or loss: the state that this would have kept, not the last")
    shown.add_argument("--detail", action="store_true")
    args = parser.parse_args()
    if hasattr(args, "encoder"):
        args.encoders = dict(pair.split("=", 1) for pair in args.encoder)
    args.function(args)


if __name__ == "__main__":
    main()
