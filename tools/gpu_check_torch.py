"""Steps of LoRA training in bfloat16 with PyTorch on the GPU, in the shapes of gpu_check.sh's bench, to compare with.

    python3 tools/gpu_check_torch.py OUT.json [--small] [--seconds 3]

Needs PyTorch alone: models are built here with random weights. Everything is bfloat16 (weights, adapters, gradients,
moments); LoRA of rank 8 on all linear layers of the blocks, attention by scaled_dot_product_attention, AdamW (fused), no
recomputation, all tokens of a decoder supervised. Sequences have one length, so that nothing is padded.
"""

import argparse
import json
import math
import time
import traceback

import torch
from torch import nn
from torch.nn import functional as F

RANK = 8


class Lora(nn.Module):
    """y = W x + b + s B A x with W frozen."""

    def __init__(self, inputs, outputs, bias, kind):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, **kind) / math.sqrt(inputs), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(outputs, **kind), requires_grad=False) if bias else None
        self.a = nn.Parameter(torch.randn(RANK, inputs, **kind) / math.sqrt(inputs))
        self.b = nn.Parameter(torch.zeros(outputs, RANK, **kind))

    def forward(self, x):
        return F.linear(x, self.weight, self.bias) + 2.0 * F.linear(F.linear(x, self.a), self.b)


class RmsNorm(nn.Module):
    def __init__(self, d, kind):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d, **kind), requires_grad=False)

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight, 1e-5)


def rotate(x, cosines, sines):
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat((-second, first), dim=-1) * sines


class LlamaBlock(nn.Module):
    def __init__(self, shape, kind):
        super().__init__()
        d, self.heads, self.key_heads = shape["d"], shape["heads"], shape["keyHeads"]
        self.width = d // self.heads
        self.norms = nn.ModuleList(RmsNorm(d, kind) for _ in range(2))
        self.q = Lora(d, d, False, kind)
        self.k = Lora(d, self.key_heads * self.width, False, kind)
        self.v = Lora(d, self.key_heads * self.width, False, kind)
        self.o = Lora(d, d, False, kind)
        self.gate = Lora(d, shape["inner"], False, kind)
        self.up = Lora(d, shape["inner"], False, kind)
        self.down = Lora(shape["inner"], d, False, kind)

    def forward(self, x, angles):
        n, length, d = x.shape
        y = self.norms[0](x)
        q = self.q(y).view(n, length, self.heads, self.width).transpose(1, 2)
        k = self.k(y).view(n, length, self.key_heads, self.width).transpose(1, 2)
        v = self.v(y).view(n, length, self.key_heads, self.width).transpose(1, 2)
        q, k = rotate(q, *angles), rotate(k, *angles)
        o = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.key_heads)
        x = x + self.o(o.transpose(1, 2).reshape(n, length, d))
        y = self.norms[1](x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self, shape, kind):
        super().__init__()
        self.table = nn.Parameter(
            torch.randn(shape["vocabulary"], shape["d"], **kind) / math.sqrt(shape["d"]), requires_grad=False
        )
        self.blocks = nn.ModuleList(LlamaBlock(shape, kind) for _ in range(shape["layers"]))
        self.norm = RmsNorm(shape["d"], kind)
        width = shape["d"] // shape["heads"]
        frequencies = 10000 ** (-torch.arange(0, width, 2, device=kind["device"]) / width)
        angles = torch.arange(shape["length"], device=kind["device"])[:, None] * frequencies
        angles = torch.cat((angles, angles), dim=-1)
        self.angles = (angles.cos().to(kind["dtype"]), angles.sin().to(kind["dtype"]))

    def forward(self, ids, labels):
        x = F.embedding(ids, self.table)
        for block in self.blocks:
            x = block(x, self.angles)
        logits = F.linear(self.norm(x), self.table)
        return F.cross_entropy(logits.flatten(0, 1).float(), labels.flatten())


class BertBlock(nn.Module):
    def __init__(self, shape, kind):
        super().__init__()
        d, self.heads = shape["d"], shape["heads"]
        self.q, self.k, self.v, self.o = (Lora(d, d, True, kind) for _ in range(4))
        self.up, self.down = Lora(d, shape["inner"], True, kind), Lora(shape["inner"], d, True, kind)
        self.norms = nn.ModuleList(nn.LayerNorm(d, **kind).requires_grad_(False) for _ in range(2))

    def forward(self, x):
        n, length, d = x.shape
        q, k, v = (f(x).view(n, length, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        o = F.scaled_dot_product_attention(q, k, v)
        x = self.norms[0](x + self.o(o.transpose(1, 2).reshape(n, length, d)))
        return self.norms[1](x + self.down(F.gelu(self.up(x))))


class Bert(nn.Module):
    def __init__(self, shape, kind):
        super().__init__()
        d = shape["d"]
        self.words = nn.Parameter(torch.randn(shape["vocabulary"], d, **kind), requires_grad=False)
        self.positions = nn.Parameter(torch.randn(shape["length"], d, **kind), requires_grad=False)
        self.norm = nn.LayerNorm(d, **kind).requires_grad_(False)
        self.blocks = nn.ModuleList(BertBlock(shape, kind) for _ in range(shape["layers"]))
        self.head = nn.Linear(d, 3, **kind)

    def forward(self, ids, labels):
        x = self.norm(F.embedding(ids, self.words) + self.positions)
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(self.head(x.mean(dim=1)).float(), labels)


def shapes(small):
    names = ("name", "encoder", "vocabulary", "d", "layers", "heads", "keyHeads", "inner", "sequences", "length")
    rows = [
        ("smollm2-135m", False, 49152, 576, 30, 9, 3, 1536, 16, 512),
        ("llama-8b, 4 blocks", False, 8192, 4096, 4, 32, 8, 14336, 4, 1024),
        ("minilm", True, 30522, 384, 6, 12, 12, 1536, 64, 128),
    ]
    if small:
        rows = [
            ("minilm", True, 101, 48, 2, 4, 4, 64, 4, 8),
            ("smollm2-135m", False, 101, 48, 2, 6, 2, 64, 2, 16),
        ]
    return [dict(zip(names, row)) for row in rows]


def measure(shape, device, seconds):
    kind = {"device": device, "dtype": torch.bfloat16}
    torch.manual_seed(1)
    model = (Bert if shape["encoder"] else Llama)(shape, kind)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.01, fused=device == "cuda")
    size = (shape["sequences"], shape["length"])
    ids = torch.randint(0, shape["vocabulary"], size, device=device)
    labels = torch.randint(0, 3, size[:1], device=device) if shape["encoder"] else torch.randint_like(ids, shape["vocabulary"])

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = model(ids, labels)
        loss.backward()
        optimizer.step()
        return loss

    def wait():
        if device == "cuda":
            torch.cuda.synchronize()

    start = time.perf_counter()
    first = step().item()
    first_seconds = time.perf_counter() - start
    for _ in range(3):
        step()
    wait()
    steps, start = 0, time.perf_counter()
    while steps == 0 or time.perf_counter() - start < seconds:
        for _ in range(5):
            loss = step()
        steps += 5
        wait()
    mean = (time.perf_counter() - start) / steps
    tokens = shape["sequences"] * shape["length"]
    return {
        "tokens": tokens,
        "stepSeconds": mean,
        "firstStepSeconds": first_seconds,
        "steps": steps,
        "tokensPerSecond": tokens / mean,
        "firstLoss": first,
        "lastLoss": loss.item(),
        "peakBytes": torch.cuda.max_memory_allocated() if device == "cuda" else None,
    }


def gemm(device, side):
    """Operations a second of a square bfloat16 product."""
    a = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    for _ in range(3):
        b = a @ a
    if device == "cuda":
        torch.cuda.synchronize()
    start, count = time.perf_counter(), 20
    for _ in range(count):
        b = a @ a
    if device == "cuda":
        torch.cuda.synchronize()
    del b
    return 2.0 * side**3 * count / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--small", action="store_true", help="small shapes, on the CPU where there is no GPU")
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.small:
        raise SystemExit("error: PyTorch sees no GPU")
    report = {"torch": torch.__version__, "cuda": torch.version.cuda, "device": device, "items": {}}
    if device == "cuda":
        report["device"] = torch.cuda.get_device_name()
    print(f"  PyTorch {torch.__version__}, CUDA {torch.version.cuda}, {report['device']}", flush=True)
    rate = gemm(device, 128 if options.small else 8192)
    report["gemm"] = rate
    print(f"  bf16 GEMM: {rate / 1e12:.1f} TFLOP/s", flush=True)
    for shape in shapes(options.small):
        try:
            found = measure(shape, device, 0.1 if options.small else options.seconds)
            report["items"][shape["name"]] = {"ok": True, "value": found}
            print(
                f"  {shape['name']} lora: {found['tokensPerSecond']:.0f} tokens/s, {1e3 * found['stepSeconds']:.2f}"
                f" ms/step, loss {found['firstLoss']:.3f} → {found['lastLoss']:.3f}",
                flush=True,
            )
        except Exception as error:
            report["items"][shape["name"]] = {"ok": False, "error": repr(error), "stack": traceback.format_exc()[-1500:]}
            print(f"  FAILED {shape['name']}: {error!r}"[:600], flush=True)
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
        if device == "cuda":
            torch.cuda.empty_cache()
    if any(not item["ok"] for item in report["items"].values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
