"""Speed of fine-tuning with PyTorch and HF transformers, to compare CoLA4J with.

    python tools/bench_torch.py MODEL_DIR DATA.json [--samples 64] [--batch-size 8] [--threads 2] [--rank 8]
                                [--pairs '2|3'] [--method cola|lora] [--cutoff 1024] [--order shuffled|file]
                                [--dtype float32|bfloat16]

One epoch over the first --samples rows of an alpaca file (a list of objects with instruction, input, output), as it
is commonly done: batches padded on the right to their longest text, attention mask, logits of every column, mean
cross-entropy of the answers' tokens, one step of AdamW a batch, no dropout, no recomputation, transformers' default
attention (sdpa). `--dtype bfloat16` has everything in bfloat16: weights, adapters, gradients and moments.

`--method cola` is the loop over pairs as CoLA's own code has it: every B_j after every A_i (`--pairs M|N`, full
pairing) is two linear layers and an addition of the full width, on all seven linear layers of each block.
`--method lora` is the same with one pair. alpha is twice the rank; A is random and B zero, which no speed depends on.

Prompt and answer are tokenised apart and joined; the prompt is the alpaca template, with a begin token if the tokenizer
puts one; the answer is the output and the end token. Rows whose prompt fills the cutoff are left out and counted,
longer answers are cut. Before the clock starts, one step with the batch that is longest is made and thrown away.

Printed are a table and, as the last line, the same as JSON. Samples and tokens are real ones, without padding;
padded share is the part of all columns that are padding. CPU seconds are those of all threads, to compare by where
other programs run at the same time. peak is the process's highest resident memory.
"""

import argparse
import json
import math
import random
import resource
import sys
import time
from pathlib import Path

import torch
import transformers
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n"
)
WITHOUT_INPUT = (
    "Below is an instruction that describes a task. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Response:\n"
)
IGNORED = -100


class ColaLinear(nn.Module):
    """y = W x + s sum over all i, j of B_j A_i x, pair by pair."""

    def __init__(self, linear, m, n, rank):
        super().__init__()
        self.linear = linear
        self.scaling = 2.0  # alpha / rank
        kind = {"bias": False, "dtype": linear.weight.dtype}
        self.A = nn.ModuleList(nn.Linear(linear.in_features, rank, **kind) for _ in range(m))
        self.B = nn.ModuleList(nn.Linear(rank, linear.out_features, **kind) for _ in range(n))
        for a in self.A:
            nn.init.kaiming_uniform_(a.weight, a=math.sqrt(5))
        for b in self.B:
            nn.init.zeros_(b.weight)

    def forward(self, x):
        y = self.linear(x)
        for a in self.A:
            for b in self.B:
                y = y + b(a(x)) * self.scaling
        return y


def adapt(model, m, n, rank):
    """The trained parameters, after every target layer got its adapter."""
    model.requires_grad_(False)
    trained = []
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and name.endswith(TARGETS):
            layer = ColaLinear(module, m, n, rank)
            model.set_submodule(name, layer)
            trained += [*layer.A.parameters(), *layer.B.parameters()]
    if not trained:
        sys.exit(f"error: the model has no linear layer named {', '.join(TARGETS)}")
    return trained


def tokenise(tokenizer, rows, cutoff):
    """(ids, labels) of each row, labels as long as ids; and how many rows were left out."""
    samples = []
    for row in rows:
        template = WITH_INPUT if row.get("input") else WITHOUT_INPUT
        prompt = tokenizer(template.format(**row))["input_ids"]
        answer = tokenizer(row["output"], add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
        if len(prompt) < cutoff:
            samples.append(((prompt + answer)[:cutoff], ([IGNORED] * len(prompt) + answer)[:cutoff]))
    return samples, len(rows) - len(samples)


def collate(samples, pad):
    length = max(len(ids) for ids, _ in samples)
    ids = torch.tensor([ids + [pad] * (length - len(ids)) for ids, _ in samples])
    labels = torch.tensor([labels + [IGNORED] * (length - len(labels)) for _, labels in samples])
    mask = torch.tensor([[1] * len(ids) + [0] * (length - len(ids)) for ids, _ in samples])
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


def step(model, optimizer, batch):
    optimizer.zero_grad(set_to_none=True)
    loss = model(**batch, use_cache=False).loss  # shifts the labels by one itself
    loss.backward()
    optimizer.step()
    return loss.item()


def arguments():
    parser = argparse.ArgumentParser(description="One epoch of fine-tuning with PyTorch, timed.")
    parser.add_argument("model", type=Path, help="a Hugging Face folder")
    parser.add_argument("data", type=Path, help="a JSON list of objects with instruction, input, output")
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--pairs", default="2|3", help="M|N: how many A and how many B")
    parser.add_argument("--method", choices=("cola", "lora"), default="cola")
    parser.add_argument("--cutoff", type=int, default=1024)
    parser.add_argument("--order", choices=("shuffled", "file"), default="shuffled", help="of the samples, by seed 1")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    options = parser.parse_args()
    try:
        m, n = (int(count) for count in options.pairs.split("|"))
    except ValueError:
        parser.error(f"--pairs is {options.pairs!r}; expected two numbers such as '2|3'")
    if min(m, n, options.samples, options.batch_size, options.threads, options.rank) < 1:
        parser.error("all numbers have to be at least 1")
    return options, (1, 1) if options.method == "lora" else (m, n)


def main():
    options, (m, n) = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=getattr(torch, options.dtype))
    trained = adapt(model, m, n, options.rank)
    model.train()
    optimizer = torch.optim.AdamW(trained, lr=5e-5, weight_decay=0.01)

    rows = json.loads(options.data.read_text())[: options.samples]
    samples, left_out = tokenise(tokenizer, rows, options.cutoff)
    if not samples:
        sys.exit(f"error: no row of {options.data} has a prompt shorter than {options.cutoff} tokens")
    if options.order == "shuffled":
        random.Random(1).shuffle(samples)
    pad = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    batches = [
        collate(samples[start : start + options.batch_size], pad)
        for start in range(0, len(samples), options.batch_size)
    ]

    step(model, optimizer, max(batches, key=lambda batch: batch["input_ids"].numel()))
    start, start_of_cpu = time.perf_counter(), time.process_time()
    losses = [step(model, optimizer, batch) for batch in batches]
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - start_of_cpu

    tokens = sum(len(ids) for ids, _ in samples)
    columns = sum(batch["input_ids"].numel() for batch in batches)
    result = {
        "method": options.method,
        "pairs": f"{m}|{n}",
        "rank": options.rank,
        "dtype": options.dtype,
        "trained": sum(parameter.numel() for parameter in trained),
        "samples": len(samples),
        "leftOut": left_out,
        "batchSize": options.batch_size,
        "tokens": tokens,
        "supervisedTokens": sum(label != IGNORED for _, labels in samples for label in labels),
        "paddedShare": round(1 - tokens / columns, 4),
        "seconds": round(seconds, 3),
        "cpuSeconds": round(cpu_seconds, 3),
        "samplesPerSecond": round(len(samples) / seconds, 3),
        "tokensPerSecond": round(tokens / seconds, 1),
        "meanLoss": round(sum(losses) / len(losses), 4),
        "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "attention": model.config._attn_implementation,
    }
    width = max(len(key) for key in result)
    print("\n".join(f"{key:<{width}}  {value}" for key, value in result.items()))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
