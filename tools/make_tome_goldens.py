"""Golden values of a tiny Vision Transformer that merges tokens, with CoLA adapters, by PyTorch's autograd.

    python tools/make_tome_goldens.py [folder]

writes into cola-core/src/test/resources/goldens/merging (or `folder`)

    model/               a random ViTForImageClassification of three classes, with its image processor: 36 tokens, four blocks
    <image>.png          images, one of them of a single colour: half of its patches are equal, as their positions are
    expected.json        their names
    <case>.json          counts, whether tokens are modulated, the pooling, pairs, labels, loss, losses of ten steps of AdamW
    <case>.safetensors   as make_encoder_goldens.py writes them, and of each block that modulates
                         layers.<i>.token_modulation/{W_r,W_D,gain,shift}; embeddings are `pooled`

The model's forward is written out here, from the formulas of ToMe (arXiv 2210.09461) and PYRA (arXiv 2403.09192), one
image at a time in float64; without merging the script checks it against transformers'.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import transformers
from golden_parts import adapt, gaussian, write_json
from make_vit_goldens import TARGETS, load_model, picture, pixel_values, write_model
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import cross_entropy, gelu, layer_norm, softmax

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/merging"
SIZES = {"image_size": [20, 28], "patch_size": 4, "hidden_size": 12, "num_attention_heads": 2, "num_hidden_layers": 4}
IMAGES = [(28, 20), (33, 41), (11, 9)]  # width by height; another of a single colour comes behind them
LABELS = [2, 0, 1, 1]
CLASSES, RANK, SCALING, STEPS = 3, 2, 2.0, 10
FULL, HEURISTIC = (2, 1, [(0, 0), (1, 0)]), (2, 3, [(0, 0), (1, 1), (0, 2)])
CASES = {  # counts, modulation, pooling, (M, N, pairs (i, j) of A_i with B_j)
    "tome": ([6, 0, 9, 4], False, "cls", FULL),
    "tome-many": ([5, 40, 40, 40], False, "mean", HEURISTIC),
    "pyra": ([6, 3, 0, 5], True, "cls", FULL),
    "pyra-many": ([40, 7, 5, 3], True, "mean", HEURISTIC),
}


class Modulation:
    """S' = S + S * (2 sigmoid(W_D M) - 1) * 2 sigmoid(M W_r), M = LN(S + T): a pair's tokens are rows here."""

    def __init__(self, random, r, d):
        self.W_r = gaussian(random, 0.5, r)
        self.W_D = gaussian(random, 0.3, 1, d)
        self.gain = (1 + gaussian(random, 0.2, d)).float().double()  # float32 holds it exactly
        self.shift = gaussian(random, 0.2, d)

    def tensors(self):
        return {"W_r": self.W_r, "W_D": self.W_D, "gain": self.gain, "shift": self.shift}

    def __call__(self, source, target):
        m = layer_norm(source + target, (source.shape[1],), self.gain, self.shift, 1e-5)
        across = 2 * torch.sigmoid(self.W_r[: len(m)] @ m)  # [D]
        each = 2 * torch.sigmoid(m @ self.W_D[0]) - 1  # [pairs]
        return source + each[:, None] * across[None, :] * source


def match(keys, r):
    """Pairs (token of a, token of b) that are merged, most similar first, and the others in their new order."""
    metric = keys.detach()
    metric = metric / metric.norm(dim=-1, keepdim=True)
    scores = torch.round(2**16 * metric[0::2] @ metric[1::2].T)  # what is equal but for rounding ties
    scores[0] = -torch.inf  # the class token
    best, choice = scores.max(dim=-1)
    order = sorted(range(1, len(best)), key=lambda a: (-best[a].item(), a))
    r = min(r, len(order))
    pairs = [(2 * a, 2 * choice[a].item() + 1) for a in order[:r]]
    gone = {source for source, _ in pairs}
    kept = [t for t in range(0, len(keys), 2) if t not in gone] + list(range(1, len(keys), 2))
    return pairs, kept


def merge(x, sizes, keys, r, modulation):
    pairs, kept = match(keys, r)
    if not pairs:
        return x, sizes
    sources, targets = map(list, zip(*pairs))
    moved = x[sources] if modulation is None else modulation(x[sources], x[targets])
    place = {t: i for i, t in enumerate(kept)}
    into = torch.tensor([place[t] for t in targets])
    total = sizes[kept].index_add(0, into, sizes[sources])
    sums = (x[kept] * sizes[kept, None]).index_add(0, into, moved * sizes[sources, None])
    return sums / total[:, None], total


def hidden_states(model, pixels, counts, modulations):
    """The last hidden states [tokens, d] of one image, and what each stands for."""
    vit = model.vit
    x = vit.embeddings(pixels)[0]
    sizes = torch.ones(len(x), dtype=torch.float64)
    heads = model.config.num_attention_heads
    for i, layer in enumerate(vit.layers):
        n = layer.layernorm_before(x)
        attention = layer.attention
        q, k, v = (
            projection(n).unflatten(-1, (heads, -1)).transpose(0, 1)  # [heads, tokens, dh]
            for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5 + sizes.log()[None, None, :]
        o = (softmax(scores, dim=-1) @ v).transpose(0, 1).flatten(1)
        x = x + attention.o_proj(o)
        if counts[i] > 0:
            x, sizes = merge(x, sizes, k.mean(dim=0), counts[i], modulations.get(i))
        x = x + layer.mlp.fc2(gelu(layer.mlp.fc1(layer.layernorm_after(x))))
    return vit.layernorm(x), sizes


def embedding(model, pixels, counts, modulations, pooling):
    hidden, sizes = hidden_states(model, pixels, counts, modulations)
    return hidden[0] if pooling == "cls" else (hidden * sizes[:, None]).sum(dim=0) / sizes.sum()


def make_case(folder, name, model, images, random):
    counts, modulated, pooling, (m, n, pairs) = CASES[name]
    adapted = adapt(model.vit, TARGETS, m, n, pairs, RANK, SCALING, random)
    d = model.config.hidden_size
    modulations = {i: Modulation(random, r, d) for i, r in enumerate(counts) if modulated and r > 0}
    head = {"head.weight": gaussian(random, 0.3, CLASSES, d), "head.bias": gaussian(random, 0.3, CLASSES)}
    tensors = dict(head)
    for layer, linear in adapted.items():
        tensors |= {f"{layer}/{key}": factor for key, factor in linear.tensors().items()}
    for i, modulation in modulations.items():
        tensors |= {f"layers.{i}.token_modulation/{key}": value for key, value in modulation.tensors().items()}
    trained = {k: t.requires_grad_() for k, t in tensors.items() if not k.split("/")[-1].startswith(("A0", "B0"))}
    labels = torch.tensor(LABELS)

    def forward():
        pooled = torch.stack([embedding(model, each, counts, modulations, pooling) for each in images])
        logits = pooled @ head["head.weight"].T + head["head.bias"]
        return pooled, logits, cross_entropy(logits, labels)

    pooled, logits, loss = forward()
    gradients = torch.autograd.grad(loss, list(trained.values()))
    gradients = {f"grad/{key}": gradient for key, gradient in zip(trained, gradients)}
    stored = tensors | {"pooled": pooled, "logits": logits} | gradients
    stored = {key: tensor.detach().float().clone() for key, tensor in stored.items()}
    save_file(stored, folder / f"{name}.safetensors", metadata={"format": "pt"})
    optimizer = torch.optim.AdamW(trained.values(), lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        _, _, step_loss = forward()
        step_loss.backward()
        nn.utils.clip_grad_norm_(trained.values(), 1.0)
        losses.append(step_loss.item())
        optimizer.step()
    values = {"counts": counts, "modulation": modulated, "pooling": pooling, "b": n, "pairs": pairs, "labels": LABELS}
    write_json(folder / f"{name}.json", values | {"loss": loss.item(), "losses": losses})


def main():
    torch.set_num_threads(1)  # one order of summation
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    (folder / "model").mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(301)
    write_model(folder / "model", SIZES, torch.float32, "1MB", random)
    model = load_model(folder / "model")
    with torch.no_grad():
        positions = model.vit.embeddings.position_embeddings
        positions[0, 10:28] = positions[0, 10]
    model.float().save_pretrained(folder / "model")
    model = load_model(folder / "model")
    height, width = SIZES["image_size"]
    options = {"resample": 2, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.25, 0.2]}
    processor = transformers.ViTImageProcessorPil(size={"height": height, "width": width}, **options)
    processor.save_pretrained(folder / "model")
    pictures = [Image.fromarray(picture(random, *size)) for size in IMAGES] + [Image.new("RGB", (28, 20), (90, 140, 60))]
    for number, image in enumerate(pictures):
        image.save(folder / f"image-{number}.png")
    files = [f"image-{number}.png" for number in range(len(pictures))]
    write_json(folder / "expected.json", [{"image": file} for file in files])
    images = [pixel_values(Image.open(folder / file), processor) for file in files]
    with torch.no_grad():
        for each in images:
            theirs = model.vit(pixel_values=each).last_hidden_state[0]
            ours, _ = hidden_states(model, each, [0] * 4, {})
            assert torch.allclose(ours, theirs, atol=1e-9)
    for number, name in enumerate(CASES):
        make_case(folder, name, load_model(folder / "model"), images, np.random.default_rng(401 + number))


if __name__ == "__main__":
    main()
