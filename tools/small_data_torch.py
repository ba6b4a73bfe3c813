"""Trains many small classifiers at a time with PyTorch, each on its own rows, all on one GPU or CPU.

`Runs` holds the trained parameters of R runs, a run a row of one flat tensor, and `Model` computes a BERT for all of them:
its weights are [R, …] where they are trained and [1, …] where they are frozen. Everything that a run has of its own
(learning rates, dropout, rows, order) is a vector over runs. The B rows of a step lie one after the other in a sequence of
N tokens that a run has, and no token attends to another row's, so that hardly anything is padded.
"""

import json
import math
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional as F

MODULES = ("query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense")
NAMES = {name: f"attention.self.{name}" for name in ("query", "key", "value")}


def fast():
    """TF32 products; no cuDNN attention, which plans anew for each length."""
    torch.set_float32_matmul_precision("high")
    torch.backends.cuda.enable_cudnn_sdp(False)


class Bert:
    """The frozen weights of a BERT as Hugging Face's folders have them, layer by layer."""

    def __init__(self, folder, device):
        self.config = json.loads((Path(folder) / "config.json").read_text())
        tensors = load_file(Path(folder) / "model.safetensors")
        self.weights = {
            name.removeprefix("bert."): tensor.to(device, torch.float32)
            for name, tensor in tensors.items()
            if "pooler" not in name and "classifier" not in name and "position_ids" not in name
        }
        self.device = device
        self.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        self.tokenizer.enable_truncation(128)
        self.tokenizer.no_padding()
        self.layers = self.config["num_hidden_layers"]
        self.width = self.config["hidden_size"]
        self.heads = self.config["num_attention_heads"]
        self.eps = self.config["layer_norm_eps"]

    def encoded(self, rows, classes):
        """(token ids, type ids, number of the class) of each row."""
        encoded = [
            self.tokenizer.encode(row["text"], row["pair"]) if row.get("pair") else self.tokenizer.encode(row["text"])
            for row in rows
        ]
        return [(e.ids, e.type_ids, classes.index(row["label"])) for e, row in zip(encoded, rows)]


class Runs:
    """Trained parameters of R runs: `values` and `gradients` [R, P], and a leaf tensor [R, …] for each name."""

    def __init__(self, starts):
        """starts: name → tensor [R, …]; neighbours in the flat tensor as they come."""
        first = next(iter(starts.values()))
        self.count, self.device = first.shape[0], first.device
        self.at, length = {}, 0
        for name, start in starts.items():
            self.at[name] = (length, length := length + start[0].numel())
        self.values = torch.empty(self.count, length, device=self.device)
        self.gradients = torch.zeros_like(self.values)
        self.leaves = {}
        for name, start in starts.items():
            a, b = self.at[name]
            self.values[:, a:b] = start.reshape(self.count, -1)
            leaf = self.values[:, a:b].view(start.shape).detach().requires_grad_()
            leaf.grad = self.gradients[:, a:b].view(start.shape)
            self.leaves[name] = leaf

    def optimizer(self, rate, decay):
        """AdamW, with a learning rate and a decay for each run and name: rate(run, name), decay(run, name)."""
        groups = {}
        for run in range(self.count):
            for name, (a, b) in self.at.items():
                parts = groups.setdefault((rate(run, name), decay(run, name)), {}).setdefault(run, [])
                if parts and parts[-1][1] == a:
                    parts[-1] = (parts[-1][0], b)
                else:
                    parts.append((a, b))
        parameters = []
        for (lr, weight_decay), runs in groups.items():
            slices = []
            for run, parts in runs.items():
                for a, b in parts:
                    piece = torch.nn.Parameter(self.values[run, a:b].detach())
                    piece.grad = self.gradients[run, a:b]
                    slices.append(piece)
            parameters.append({"params": slices, "lr": lr, "weight_decay": weight_decay, "peak": lr})
        return torch.optim.AdamW(parameters, fused=True)

    def clip(self, norm):
        scale = norm / (self.gradients.norm(dim=1, keepdim=True) + 1e-6)
        self.gradients.mul_(scale.clamp(max=1))


@dataclass
class Model:
    """A BERT, what of it R runs train, and R linear heads on the mean of its last hidden states."""

    bert: Bert
    runs: Runs
    classes: torch.Tensor  # [R]
    low_rank: dict = field(default_factory=dict)  # module → (A⁰ [R, r, in], B⁰ [R, out, r]), the fixed initial pair
    scaling: torch.Tensor | None = None  # [R, 1, 1]
    dropout: torch.Tensor | None = None  # [R, 1, 1], of the inputs of A; None for none
    hidden_dropout: float = 0.0
    training: bool = True

    def weight(self, name):
        leaf = self.runs.leaves.get(name)
        return self.bert.weights[name].unsqueeze(0) if leaf is None else leaf

    def linear(self, x, module):
        weight, bias = self.weight(f"{module}.weight"), self.weight(f"{module}.bias")
        if weight.shape[0] == 1:
            y = F.linear(x, weight[0], bias[0])
        else:
            y = torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2))
        if module in self.low_rank:
            a0, b0 = self.low_rank[module]
            a, b = self.runs.leaves[f"{module}.A"], self.runs.leaves[f"{module}.B"]
            y = self.adapted(y, x, a, b, a0, b0)
        return y

    def adapted(self, y, x, a, b, a0, b0):
        """y + s (B A − B⁰ A⁰) x, of differences, which lose nothing in low precision: (B − B⁰) A x + B⁰ (A − A⁰) x."""
        if self.training and self.dropout is not None:
            keep = 1 - self.dropout
            inner = x * (torch.rand_like(x) < keep) / keep
            low = torch.cat([torch.bmm(inner, a.transpose(1, 2)), torch.bmm(x, a0.transpose(1, 2))], 2)
            up = torch.cat([b, -b0], 2)
        else:
            low = torch.bmm(x, torch.cat([a, a - a0], 1).transpose(1, 2))
            up = torch.cat([b - b0, b0], 2)
        return torch.baddbmm(y, low * self.scaling, up.transpose(1, 2))

    def norm(self, x, name):
        y = F.layer_norm(x, (x.shape[-1],), eps=self.bert.eps)
        return y * self.weight(f"{name}.weight").unsqueeze(1) + self.weight(f"{name}.bias").unsqueeze(1)

    def drop(self, x):
        return F.dropout(x, self.hidden_dropout, self.training)

    def lookup(self, name, ids):
        """Rows of a table for ids [R, n]."""
        table = self.weight(name)
        if table.shape[0] == 1:
            return F.embedding(ids, table[0])
        rows = torch.arange(table.shape[0], device=ids.device).unsqueeze(1)
        return table[rows, ids]

    def pooled(self, batch):
        """The mean of the last hidden states of each row, [R, B, d]."""
        r, n = batch.ids.shape
        bert, d = self.bert, self.bert.width
        kinds = self.weight("embeddings.token_type_embeddings.weight").unsqueeze(2)
        x = (
            self.lookup("embeddings.word_embeddings.weight", batch.ids)
            + (kinds[:, 0] + batch.types.unsqueeze(2) * (kinds[:, 1] - kinds[:, 0]))
            + self.lookup("embeddings.position_embeddings.weight", batch.positions)
        )
        x = self.drop(self.norm(x, "embeddings.LayerNorm"))
        seen = batch.seen()

        def by_heads(y):
            return y.view(r, n, bert.heads, d // bert.heads).transpose(1, 2)

        for layer in range(bert.layers):
            at = f"encoder.layer.{layer}."
            q, k, v = (by_heads(self.linear(x, f"{at}attention.self.{part}")) for part in ("query", "key", "value"))
            share = self.hidden_dropout if self.training else 0.0
            o = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=share)
            o = o.transpose(1, 2).reshape(r, n, d)
            x = self.norm(x + self.drop(self.linear(o, f"{at}attention.output.dense")), f"{at}attention.output.LayerNorm")
            inner = F.gelu(self.linear(x, f"{at}intermediate.dense"))
            x = self.norm(x + self.drop(self.linear(inner, f"{at}output.dense")), f"{at}output.LayerNorm")
        with torch.autocast(x.device.type, enabled=False):
            return torch.bmm(batch.means(), x)

    def logits(self, batch):
        pooled = self.pooled(batch)
        logits = torch.baddbmm(
            self.runs.leaves["head.bias"].unsqueeze(1), pooled, self.runs.leaves["head.weight"].transpose(1, 2)
        )
        none = torch.arange(logits.shape[-1], device=logits.device) >= self.classes.view(-1, 1, 1)
        return logits.masked_fill(none, -1e4)


@dataclass
class Batch:
    """B rows of each of R runs, one after the other: [R, N], N tokens of the longest run; the others end with tokens of no row."""

    ids: torch.Tensor
    types: torch.Tensor  # 0.0 or 1.0
    positions: torch.Tensor
    row: torch.Tensor  # that a token is of, from 0; B for none
    lengths: torch.Tensor  # [R, B]

    def seen(self):
        """What is added to attention's scores, [R, 1, N, N]: 0 within a row, −∞ elsewhere."""
        kind = self.row.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else torch.float32
        other = self.row.unsqueeze(1) != self.row.unsqueeze(2)
        return torch.zeros(other.shape, dtype=dtype, device=other.device).masked_fill_(other, -math.inf).unsqueeze(1)

    def means(self):
        """What a row's mean weighs each token with, [R, B, N]."""
        rows = torch.arange(self.lengths.shape[1], device=self.row.device).view(1, -1, 1)
        return (self.row.unsqueeze(1) == rows) / self.lengths.unsqueeze(2)


class Rows:
    """Equally many encoded rows of each of R runs: ids and types [R, n, T], lengths and labels [R, n]."""

    def __init__(self, groups, device):
        shape = (len(groups), len(groups[0]))
        width = -(-max(len(ids) for rows in groups for ids, _, _ in rows) // 8) * 8
        ids, types = (torch.zeros(*shape, width, dtype=torch.int32) for _ in range(2))
        self.lengths = torch.zeros(shape, dtype=torch.long)
        labels = torch.zeros(shape, dtype=torch.long)
        for r, rows in enumerate(groups):
            for i, (tokens, kinds, label) in enumerate(rows):
                ids[r, i, : len(tokens)] = torch.tensor(tokens, dtype=torch.int32)
                types[r, i, : len(kinds)] = torch.tensor(kinds, dtype=torch.int32)
                self.lengths[r, i] = len(tokens)
                labels[r, i] = label
        self.count = shape[1]
        self.parts = tuple(part.to(device) for part in (ids, types, self.lengths, labels))
        self.device = device

    def batches(self, order, size):
        """Batches of at most `size` of the rows order [R, k], and their labels [R, B]."""
        cuts = even_cuts(order.shape[1], size)
        most = [int(self.lengths.gather(1, order[:, a:b]).sum(1).max()) for a, b in cuts]
        order = order.to(self.device)  # at once: a copy waits for all that was computed before
        for (a, b), tokens in zip(cuts, most):
            yield self.batch(order[:, a:b], -(-tokens // 16) * 16)

    def batch(self, index, tokens):
        ids, types, lengths, labels = self.parts
        runs = torch.arange(index.shape[0], device=self.device).unsqueeze(1)
        lengths = lengths[runs, index]
        ends = lengths.cumsum(1)
        at = torch.arange(tokens, device=self.device).expand(index.shape[0], tokens).contiguous()
        row = torch.searchsorted(ends, at, right=True)
        none = row == index.shape[1]
        place = row.masked_fill(none, 0)
        positions = (at - (ends - lengths).gather(1, place)).masked_fill(none, 0)
        taken = index.gather(1, place)
        packed = (part[runs, taken, positions].masked_fill(none, 0) for part in (ids, types))
        return Batch(next(packed).long(), next(packed).float(), positions, row, lengths), labels[runs, index]


def even_cuts(count, size):
    """As few pieces of at most so many as can be, cut evenly."""
    pieces = -(-count // size)
    cuts = [count * i // pieces for i in range(pieces + 1)]
    return list(zip(cuts, cuts[1:]))


@torch.no_grad()
def score(model, rows, size=32):
    """Accuracy and mean loss [R] of the runs' rows."""
    model.training = False
    right, loss = 0, 0
    for batch, labels in rows.batches(torch.arange(rows.count).expand(rows.lengths.shape), size):
        logits = model.logits(batch)
        right = right + (logits.argmax(-1) == labels).sum(1)
        loss = loss + F.cross_entropy(logits.transpose(1, 2), labels, reduction="none").sum(1)
    model.training = True
    return right / rows.count, loss / rows.count


def train(model, optimizer, rows, seeds, epochs, batch_size, factor, after_epoch=None):
    """R runs side by side; factor(step, steps) is the schedule's, after_epoch() is called after each epoch."""
    orders = [random.Random(seed) for seed in seeds]
    steps, step = epochs * len(even_cuts(rows.count, batch_size)), 0
    for _ in range(epochs):
        shuffled = torch.tensor([order.sample(range(rows.count), rows.count) for order in orders])
        for batch, labels in rows.batches(shuffled, batch_size):
            loss = F.cross_entropy(model.logits(batch).transpose(1, 2), labels, reduction="none").mean(1).sum()
            loss.backward()
            model.runs.clip(1.0)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor(step, steps)
            optimizer.step()
            model.runs.gradients.zero_()
            step += 1
        if after_epoch:
            after_epoch()


class LowRank:
    """Pairs A [r × in], B [out × r] of every linear layer of a BERT, for runs of different settings; ranks are padded by 0."""

    def __init__(self, bert):
        self.bert = bert
        self.modules = [f"encoder.layer.{i}.{NAMES.get(m, m)}" for i in range(bert.layers) for m in MODULES]
        together = torch.get_num_threads()  # a decomposition a thread: a GPU is slower
        with ThreadPoolExecutor(together, initializer=torch.set_num_threads, initargs=(1,)) as threads:
            svds = threads.map(lambda m: torch.linalg.svd(bert.weights[f"{m}.weight"].cpu(), full_matrices=False), self.modules)
            self.svds = {m: tuple(part.to(bert.device) for part in svd) for m, svd in zip(self.modules, svds)}
        torch.set_num_threads(together)

    def starts(self, by_run):
        """What is trained at first, all A before all B, and what a Model is made with beside it.

        Runs of equal settings start from equal pairs, as CoLA4J's tasks do.
        """
        rank = int(max(setting["rank"] for setting in by_run))
        kinds = list({id(setting): setting for setting in by_run}.values())
        which = torch.tensor([kinds.index(setting) for setting in by_run], device=self.bert.device)
        trained = {
            f"{m}.{kind}": torch.stack([self.factor(m, kind, setting, rank) for setting in kinds])[which]
            for kind in "AB"
            for m in self.modules
        }
        column = lambda key: torch.tensor([float(s[key]) for s in by_run], device=self.bert.device).view(-1, 1, 1)
        return trained, dict(
            low_rank={m: (trained[f"{m}.A"].clone(), trained[f"{m}.B"].clone()) for m in self.modules},
            scaling=column("alpha"),
            dropout=column("dropout") if any(setting["dropout"] for setting in by_run) else None,
        )

    def factor(self, module, kind, setting, padded):
        """PiSSA's, or LoRA's: A uniform within 1/√in, B = 0."""
        u, s, vt = self.svds[module]
        r = int(setting["rank"])
        root = (s[:r] / setting["alpha"]).sqrt()
        pissa = setting["init"] == "pissa"
        if kind == "A":
            factor = torch.zeros(padded, vt.shape[1], device=self.bert.device)
            bound = vt.shape[1] ** -0.5
            factor[:r] = root.unsqueeze(1) * vt[:r] if pissa else torch.empty_like(vt[:r]).uniform_(-bound, bound)
        else:
            factor = torch.zeros(u.shape[0], padded, device=self.bert.device)
            if pissa:
                factor[:, :r] = u[:, :r] * root
        return factor

    @staticmethod
    def rate(setting, name):
        """A learns a times, B b times as fast (methods: full pairing is one pair)."""
        if name.startswith("head"):
            return setting["head"]
        return setting["rate"] * (setting["a"] if name.endswith("A") else setting["b"])


class Kept:
    """The best state of each run by a metric, until four validations in a row were no better."""

    PATIENCE = 4

    def __init__(self, runs, metric):
        self.runs, self.metric = runs, metric
        self.values = runs.values.detach().clone()
        self.best = [None] * runs.count
        self.worse = [0] * runs.count

    def offer(self, accuracy, loss):
        for r, (a, l) in enumerate(zip(accuracy.tolist(), loss.tolist())):
            if self.worse[r] < self.PATIENCE:
                value = (-l,) if self.metric == "loss" else (a, -l)
                if self.best[r] is None or value > self.best[r]:
                    self.best[r], self.worse[r] = value, 0
                    self.values[r] = self.runs.values[r]
                else:
                    self.worse[r] += 1

    @torch.no_grad()
    def restore(self):
        self.runs.values.copy_(self.values)


def cosine(warmup):
    """factor(step, steps): linear over the first share of the steps, then half a cosine."""

    def factor(step, steps):
        warm = round(warmup * steps)
        if step < warm:
            return (step + 1) / (warm + 1)
        return 0.5 * (1 + math.cos(math.pi * min(1, (step - warm) / max(1, steps - warm))))

    return factor


def heads(bert, classes, seeds):
    """Random linear layers for R runs, of as many rows as the most classes: PyTorch's start."""
    most = max(classes)
    weight = torch.zeros(len(classes), most, bert.width)
    for r, (count, seed) in enumerate(zip(classes, seeds)):
        bound = bert.width**-0.5
        weight[r, :count].uniform_(-bound, bound, generator=torch.Generator().manual_seed(seed))
    return {
        "head.weight": weight.to(bert.device),
        "head.bias": torch.zeros(len(classes), most, device=bert.device),
    }
