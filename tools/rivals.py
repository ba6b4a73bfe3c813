"""What else one would try on the quickstart's tasks, on the same rows: no training, word counts, embeddings, SetFit, all weights.

    bin/cola quickstart                      # writes cola-output-data and cola-output/results.json
    python tools/rivals.py run cola-output-data RIVALS.jsonl --model MODEL_DIR [--rivals tfidf probe] [--seeds 3]
    python tools/rivals.py table RIVALS.jsonl [--cola cola-output/results.json]

MODEL_DIR is all-MiniLM-L6-v2 as a Hugging Face folder. Every rival is tuned by the task's validation rows and tested once, and its
seconds contain the tuning. `run` appends to RIVALS.jsonl and leaves out what stands there.

`majority` the most frequent class of the training rows
`tfidf` logistic regression on word 1-2-grams and character 2-5-grams, C of 0.1, 1, 10, 100 by validation
`probe` logistic regression on the mean of the frozen model's last hidden states, C likewise
`setfit` SetFit 1.2 with this model: R = 20 pairs a row and kind, one epoch, 2e-5, then logistic regression; nothing is tuned
`full` every weight and a linear layer on the mean: AdamW, decay 0.01, dropout 0.1, 10 epochs of batches of 16, clipping at 1,
linear decay after a tenth of warm-up, the last state; learning rate of 3e-5, 1e-4, 2e-4 and 4e-4 by validation

A pair of texts is one input of two segments for `probe` and `full`, and one text with " [SEP] " for the others.
"""

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean, stdev

PARTS = ("train", "validation", "test")
RATES = (3e-5, 1e-4, 2e-4, 4e-4)


def read(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


class Task:
    """The rows of a task, and numbers for its classes."""

    def __init__(self, folder):
        self.name = folder.name
        self.rows = {part: read(folder / f"{part}.jsonl") for part in PARTS}
        self.classes = sorted({row["label"] for row in self.rows["train"]})
        self.pairs = "pair" in self.rows["train"][0]

    def labels(self, part):
        return [row["label"] for row in self.rows[part]]

    def texts(self, part):
        return [f"{row['text']} [SEP] {row['pair']}" if self.pairs else row["text"] for row in self.rows[part]]

    def accuracy(self, part, predicted):
        return mean(own == other for own, other in zip(self.labels(part), predicted))


class Encoder:
    """Tokens of rows, and the mean of the last hidden states."""

    def __init__(self, folder, autocast):
        from transformers import AutoTokenizer, logging

        logging.set_verbosity_error()
        self.folder, self.autocast = folder, autocast
        self.tokenizer = AutoTokenizer.from_pretrained(folder)

    def model(self, task):
        """The model with the embeddings of the task's tokens alone: others would cost time, and change nothing."""
        import torch
        from transformers import AutoModel

        model = AutoModel.from_pretrained(self.folder, attn_implementation="sdpa", add_pooling_layer=False)
        ids = {0} | {i for part in PARTS for i in self.tokens(task, task.rows[part])["input_ids"].unique().tolist()}
        self.numbers = torch.zeros(model.config.vocab_size, dtype=torch.long)
        self.numbers[sorted(ids)] = torch.arange(len(ids))
        table = model.embeddings.word_embeddings.weight.detach()[sorted(ids)].clone()
        model.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(table, freeze=False)
        return model

    def tokens(self, task, rows):
        texts = [row["text"] for row in rows], [row["pair"] for row in rows] if task.pairs else None
        return self.tokenizer(*texts, truncation=True, max_length=128, padding=True, return_tensors="pt")

    def mean(self, model, task, rows):
        import torch

        tokens = self.tokens(task, rows)
        tokens["input_ids"] = self.numbers[tokens["input_ids"]]
        mask = tokens["attention_mask"].unsqueeze(-1)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            hidden = model(**tokens).last_hidden_state.float()
        return (hidden * mask).sum(1) / mask.sum(1)

    def outputs(self, task, part, of):
        """of(rows) for all rows of a part, those of about equal length together."""
        import torch

        rows = task.rows[part]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]["text"]) + len(rows[i].get("pair", "")))
        result = [None] * len(rows)
        with torch.no_grad():
            for i in range(0, len(order), 64):
                piece = order[i : i + 64]
                for at, output in zip(piece, of([rows[j] for j in piece])):
                    result[at] = output
        return torch.stack(result)


def majority(task, encoder, seed):
    most = Counter(task.labels("train")).most_common(1)[0][0]
    return [most] * len(task.rows["test"])


def regression(task, inputs, solver):
    """Logistic regression with C by validation; inputs(part) are its features."""
    from sklearn.linear_model import LogisticRegression

    train, validation = inputs("train"), inputs("validation")
    tried = []
    for c in (0.1, 1, 10, 100):
        fitted = LogisticRegression(C=c, max_iter=2000, solver=solver).fit(train, task.labels("train"))
        tried.append((task.accuracy("validation", fitted.predict(validation)), -c, fitted))
    best = max(tried, key=lambda one: one[:2])[2]
    return best.predict(inputs("test"))


def tfidf(task, encoder, seed):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    ).fit(task.texts("train"))
    return regression(task, lambda part: features.transform(task.texts(part)), "lbfgs")


def probe(task, encoder, seed):
    model = encoder.model(task).eval()
    return regression(
        task, lambda part: encoder.outputs(task, part, lambda rows: encoder.mean(model, task, rows)).numpy(), "lbfgs"
    )


def setfit(task, encoder, seed):
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, models
    from setfit import SetFitModel, Trainer, TrainingArguments
    from sklearn.linear_model import LogisticRegression

    words = models.Transformer(encoder.folder, max_seq_length=128)
    body = SentenceTransformer(modules=[words, models.Pooling(words.get_word_embedding_dimension(), "mean")], device="cpu")
    model = SetFitModel(model_body=body, model_head=LogisticRegression(max_iter=2000))
    arguments = TrainingArguments(
        output_dir="setfit-output", batch_size=16, num_epochs=1, num_iterations=20, body_learning_rate=2e-5, seed=seed,
        save_strategy="no", report_to="none", show_progress_bar=False,
    )
    rows = Dataset.from_dict({"text": task.texts("train"), "label": task.labels("train")})
    Trainer(model=model, args=arguments, train_dataset=rows).train()
    return list(model.predict(task.texts("test")))


def fine_tuned(task, encoder, seed, rate, epochs=10, size=16):
    """A model and a head, trained."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(seed)
    model = encoder.model(task).train()
    head = torch.nn.Linear(model.config.hidden_size, len(task.classes))
    named = [*model.named_parameters(), *head.named_parameters("head")]
    groups = [
        {"params": [p for name, p in named if ("Norm" in name or name.endswith("bias")) == plain], "weight_decay": decay}
        for plain, decay in ((True, 0.0), (False, 0.01))
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, fused=True)
    rows = task.rows["train"]
    steps = epochs * -(-len(rows) // size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.1 * steps + 1), (steps - step) / (0.9 * steps))
    )
    order = random.Random(seed)
    for _ in range(epochs):
        shuffled = order.sample(rows, len(rows))
        for i in range(0, len(rows), size):
            batch = shuffled[i : i + size]
            labels = torch.tensor([task.classes.index(row["label"]) for row in batch])
            cross_entropy(head(encoder.mean(model, task, batch)), labels).backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in named], 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    return model.eval(), head


def full(task, encoder, seed):
    tried = []
    for rate in RATES:
        model, head = fine_tuned(task, encoder, seed, rate)

        def predicted(part):
            logits = encoder.outputs(task, part, lambda rows: head(encoder.mean(model, task, rows)))
            return [task.classes[i] for i in logits.argmax(-1).tolist()]

        tried.append((task.accuracy("validation", predicted("validation")), -rate, predicted("test")))
    return max(tried, key=lambda one: one[:2])[2]


RIVALS = {"majority": majority, "tfidf": tfidf, "probe": probe, "setfit": setfit, "full": full}
SEEDED = ("setfit", "full")


def run(args):
    done = {(r["name"], r["task"], r["seed"]) for r in read(args.results)} if args.results.exists() else set()
    tasks = [Task(path.parent) for path in sorted(args.folder.glob("*/train.jsonl"))]
    encoder = Encoder(args.model, args.autocast)
    for seed in range(1, args.seeds + 1):
        for name in args.rivals:
            for task in tasks:
                if (name, task.name, seed) in done or seed > 1 and name not in SEEDED:
                    continue
                start = time.time()
                test = task.accuracy("test", RIVALS[name](task, encoder, seed))
                row = dict(name=name, task=task.name, seed=seed, test=test, seconds=round(time.time() - start, 1))
                with open(args.results, "a", encoding="utf-8") as out:
                    out.write(json.dumps(row) + "\n")
                print(row, flush=True)


def spread(values):
    return f"{100 * mean(values):.1f}" + (f" ± {100 * stdev(values) / len(values) ** 0.5:.1f}" if len(values) > 1 else "")


def table(args):
    rows = read(args.results)
    if args.cola:
        for path in args.cola:
            for task in json.loads(path.read_text())["tasks"]:
                rows.append(dict(name="cola", task=task["name"], seed=str(path), test=task["test"]["accuracy"], seconds=None))
    tasks = sorted({row["task"] for row in rows})
    print("| | " + " | ".join(tasks) + " | mean | seconds |\n|---|" + "---:|" * (len(tasks) + 2))
    for name in dict.fromkeys(row["name"] for row in rows):
        by = defaultdict(dict)
        for row in rows:
            if row["name"] == name:
                by[row["seed"]][row["task"]] = row
        whole = [seed for seed in by if len(by[seed]) == len(tasks)]
        if not whole:
            print(f"| {name} | " + " | ".join("" for _ in tasks) + " | not all tasks yet | |")
            continue
        cells = [spread([by[seed][task]["test"] for seed in whole]) for task in tasks]
        means = spread([mean(by[seed][task]["test"] for task in tasks) for seed in whole])
        seconds = [sum(by[seed][task]["seconds"] or 0 for task in tasks) for seed in whole]
        print(f"| {name} | " + " | ".join(cells) + f" | {means} | {mean(seconds):.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    sub = commands.add_parser("run")
    sub.set_defaults(function=run)
    sub.add_argument("folder", type=Path)
    sub.add_argument("results", type=Path)
    sub.add_argument("--model", required=True)
    sub.add_argument("--rivals", nargs="+", default=list(RIVALS), choices=list(RIVALS))
    sub.add_argument("--seeds", type=int, default=1)
    sub.add_argument("--autocast", action="store_true", help="bfloat16 products of probe and full")
    sub = commands.add_parser("table")
    sub.set_defaults(function=table)
    sub.add_argument("results", type=Path)
    sub.add_argument("--cola", type=Path, nargs="+")
    args = parser.parse_args()
    args.function(args)


if __name__ == "__main__":
    main()
