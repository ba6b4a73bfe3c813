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
    print(json.dumps(row), flush=True)


def encoded(tokenizer, rows, classes):
    texts = [tokenizer.encode(row["text"], row["pair"]) if row.get("pair") else tokenizer.encode(row["text"]) for row in rows]
    return [(e.ids, e.type_ids, classes.index(row["label"])) for e, row in zip(texts, rows)]


def fine_tune(model_dir, data, classes, rate, seed, epochs, args):
    import torch
    from transformers import BertModel, get_linear_schedule_with_warmup

    torch.manual_seed(seed)
    encoder = BertModel.from_pretrained(
        model_dir, add_pooling_layer=False, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1
    )
    head = torch.nn.Linear(encoder.config.hidden_size, classes)
    parameters = list(encoder.parameters()) + list(head.parameters())

    def logits(batch):
        width = max(len(ids) for ids, _, _ in batch)
        pad = lambda values: torch.tensor([v + [0] * (width - len(v)) for v in values])
        mask = pad([[1] * len(ids) for ids, _, _ in batch])
        hidden = encoder(
            pad([ids for ids, _, _ in batch]), attention_mask=mask, token_type_ids=pad([types for _, types, _ in batch])
        ).last_hidden_state
        weight = mask.unsqueeze(-1)
        return head((hidden * weight).sum(1) / weight.sum(1))

    def accuracy(rows):
        encoder.eval()
        rows = sorted(rows, key=lambda row: len(row[0]))
        with torch.no_grad():
            right = sum(
                int((logits(batch).argmax(1) == torch.tensor([label for _, _, label in batch])).sum())
                for batch in (rows[i : i + 50] for i in range(0, len(rows), 50))
            )
        encoder.train()
        return right / len(rows)

    decayed = [p for p in parameters if p.dim() > 1]
    plain = [p for p in parameters if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=rate, fused=True
    )
    train, size = data["train"], args.batch_size
    steps = epochs * ((len(train) + size - 1) // size)
    schedule = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    order = random.Random(seed)
    encoder.train()
    for _ in range(epochs):
        shuffled = order.sample(train, len(train))
        for i in range(0, len(shuffled), size):
            batch = shuffled[i : i + size]
            loss = torch.nn.functional.cross_entropy(logits(batch), torch.tensor([label for _, _, label in batch]))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    return accuracy(data["validation"]), accuracy(data["test"])


def full(args):
    import torch
    import transformers
    from tokenizers import Tokenizer

    transformers.logging.set_verbosity_error()
    torch.set_num_threads(args.threads)
    if args.bfloat16_products:
        torch.set_float32_matmul_precision("medium")
    rows = done(args.results)
    have = {(r["encoder"], r["task"], r["size"], r["seed"], r["rate"]): r for r in rows if r["name"] == "full"}
    deadline = time.time() + args.minutes * 60

    def one(encoder, model_dir, task, size, seed, rate):
        key = (encoder, task, size, seed, rate)
        if key not in have:
            if time.time() > deadline:
                sys.exit("out of time; run it again to go on")
            start = time.process_time()
            classes = json.loads((args.folder / task / "classes.json").read_text())
            tokenizer = Tokenizer.from_file(f"{model_dir}/tokenizer.json")
            tokenizer.enable_truncation(128)
            tokenizer.no_padding()
            folder = args.folder / task
            data = {
                part: encoded(tokenizer, read(path), classes)
                for part, path in {
                    "train": folder / f"{size}-{seed}" / "train.jsonl",
                    "validation": folder / f"{size}-{seed}" / "validation.jsonl",
                    "test": folder / "test.jsonl",
                }.items()
            }
            validation, test = fine_tune(model_dir, data, len(classes), rate, seed, EPOCHS[size], args)
            have[key] = dict(
                name="full", encoder=encoder, task=task, size=size, seed=seed, rate=rate, validation=validation,
                test=test, cpu_seconds=round(time.process_time() - start, 1),
            )
            append(args.results, have[key])
        return have[key]

    for size in args.sizes:
        for encoder, model_dir in args.encoders.items():
            for task in tasks_of(args):
                tuning = range(1, min(args.tuning, args.seeds) + 1)
                score = {
                    rate: mean(one(encoder, model_dir, task, size, seed, rate)["validation"] for seed in tuning)
                    for rate in args.rates
                }
                best = max(args.rates, key=lambda rate: score[rate])
                for seed in range(1, args.seeds + 1):
                    one(encoder, model_dir, task, size, seed, best)


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
    trained = [command("full", full, "folder", "results"), command("cola", cola, "folder", "results")]
    for sub in trained:
        sub.add_argument("--encoder", action="append", required=True, help="NAME=MODEL")
        sub.add_argument("--sizes", type=int, nargs="+", default=SIZES)
        sub.add_argument("--tasks", nargs="+", default=[])
        sub.add_argument("--seeds", type=int, default=5)
    trained[0].add_argument("--rates", type=float, nargs="+", default=[3e-5, 1e-4, 3e-4])
    trained[0].add_argument("--tuning", type=int, default=2, help="seeds that choose the learning rate")
    trained[0].add_argument("--batch-size", type=int, default=16)
    trained[0].add_argument("--threads", type=int, default=2)
    trained[0].add_argument("--minutes", type=float, default=1e6, help="ends after these")
    trained[0].add_argument("--bfloat16-products", action="store_true")
    trained[1].add_argument("--name", required=True)
    trained[1].add_argument("--set", action="append", default=[])
    trained[1].add_argument("--program", default="bin/cola")
    shown = command("table", table, "results")
    shown.add_argument("--against", default="full")
    shown.add_argument("--detail", action="store_true")
    args = parser.parse_args()
    if hasattr(args, "encoder"):
        args.encoders = dict(pair.split("=", 1) for pair in args.encoder)
    args.function(args)


if __name__ == "__main__":
    main()
