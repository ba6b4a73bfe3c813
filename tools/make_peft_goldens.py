"""Golden values of HF PEFT's methods on the tiny decoders of make_decoder_goldens.py.

    python tools/make_peft_goldens.py [folder]

writes into cola-core/src/test/resources/goldens/peft (or `folder`), for each model and method of CASES and LATER:

    <model>-<method>.safetensors
        <module>/<parameter>        what is trained, as it is at step 0
        initial/<module>/<parameter>  pissa: the factors subtracted from the base; dora: PEFT's own start of m;
                                    shira: rows and columns of the elements that are trained; vera: A and B
        grad/<module>/<parameter>   gradients of the mean loss of a batch, before clipping
        logits [tokens, vocabulary] of SHOWN, all tokens
    <model>-<method>.json           the configuration, batch and labels, loss, ten steps of AdamW

and feedforward.json: which linear layers of a BERT PEFT's (IA)3 scales at their input.

Every parameter is stored so that its bytes are those of CoLA4J's column-major matrix: A [r, in], B transposed to [r,
out], m [out], l [in or out], D [r, out], v [n], lambdaD [r], lambdaB [out], Q [blocks, n]; the rows and columns of
the elements are floats [2, n]. What PEFT has in blocks (GraLoRA's A and B, Bat's D, C3A's w) is stored as PEFT has
it. Adapters are made by peft in float32 as it makes them, their values moved away from the start and rounded to
float32; after that all is computed in float64 but where transformers itself goes down to float32, one sequence at a
time. The models are read from goldens/decoder; run make_decoder_goldens.py before. Two runs write the same bytes.
Versions are in tools/requirements.txt.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from golden_parts import gaussian, write_json
from make_decoder_goldens import FOLDER as DECODERS
from make_decoder_goldens import IGNORED, STEPS, TARGETS, labels_of, run
from peft import (
    C3AConfig,
    GraloraConfig,
    HiraConfig,
    IA3Config,
    LoraConfig,
    MissConfig,
    OFTConfig,
    ShiraConfig,
    VeraConfig,
    get_peft_model,
)
from peft.tuners.c3a import layer as c3a_layer
from peft.tuners.c3a.utils import get_circulant_fast
from peft.tuners.ia3.model import IA3Model
from safetensors.torch import save_file
from torch import nn
from transformers import AutoModelForCausalLM, BertConfig, BertModel

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/peft"
RANK = 2
ALPHA = 4.0
SHARDS = 5  # rank of MiSS: divides no layer's input but one of llama's
SHOWN = 1  # the sequence whose logits are stored
FEEDFORWARD = {"ia3": ["down_proj"], "ia3-inputs": list(TARGETS)}
BERT_FEEDFORWARD = {"end": ["output.dense"], "regex": r"encoder\.layer\.\d+\.output\.dense"}

CASES = {
    "llama": ["lora", "rslora", "dora", "ia3", "miss", "pissa"],
    "qwen2": ["dora", "dora-pissa", "ia3", "ia3-inputs", "miss"],  # q, k and v have biases
}
LATER = {"llama": ["shira", "hira"], "qwen2": ["shira", "hira"]}  # after these, whose random numbers stay so
LAST = ["vera", "gralora", "bat", "c3a", "oft", "oft-series"]  # each on both models, one method after the other
RANKS = {"miss": SHARDS, "vera": 6, "gralora": 4, "bat": 4, "c3a": 8, "oft": 4, "oft-series": 8}  # of the others: RANK
PARAMETERS = {  # what peft calls a parameter: our name, and whether it is stored transposed
    "lora_A.default.weight": ("A", False),
    "lora_B.default.weight": ("B", True),
    "lora_magnitude_vector.default.weight": ("m", False),
    "ia3_l.default": ("l", False),
    "miss_block.default": ("D", False),
    "shira_weight.default": ("v", False),
    "vera_lambda_d.default": ("lambdaD", False),
    "vera_lambda_b.default": ("lambdaB", False),
    "gralora_A.default": ("A", False),
    "gralora_B.default": ("B", False),
    "c3a_kernel.default": ("w", False),
    "oft_R.default.weight": ("Q", False),
    "hira_A.default": ("A", False),
    "hira_B.default": ("B", True),
}


class Circulant:
    """C3A's convolution by the weight that PEFT merges: in 0.21.2 its own gradient of x is wrong."""

    @staticmethod
    def apply(x, w):
        return x @ get_circulant_fast(w).T


def config_of(method):
    targets = list(TARGETS)
    if method in FEEDFORWARD:
        return IA3Config(target_modules=targets, feedforward_modules=FEEDFORWARD[method])
    rank = RANKS.get(method, RANK)
    if method == "miss":
        return MissConfig(r=rank, target_modules=targets)
    if method == "bat":
        return MissConfig(r=rank, init_weights="bat", target_modules=targets)
    if method == "vera":
        return VeraConfig(r=rank, target_modules=targets)
    if method == "gralora":
        return GraloraConfig(r=rank, alpha=ALPHA, gralora_k=2, target_modules=targets)
    if method == "oft":
        return OFTConfig(oft_block_size=rank, use_cayley_neumann=False, target_modules=targets)
    if method == "oft-series":
        return OFTConfig(oft_block_size=rank, block_share=True, target_modules=targets)
    if method == "c3a":
        return C3AConfig(block_size=rank, init_weights=True, target_modules=targets)
    if method == "hira":
        return HiraConfig(r=RANK, target_modules=targets)
    if method == "shira":
        return ShiraConfig(r=RANK, random_seed=0, target_modules=targets)
    return LoraConfig(
        r=RANK,
        lora_alpha=ALPHA,
        target_modules=targets,
        use_rslora=method == "rslora",
        use_dora=method.startswith("dora"),
        init_lora_weights="pissa" if method.endswith("pissa") else True,
    )


def named(model):
    """The trained tensors under our names."""
    tensors = {}
    for key, parameter in model.named_parameters():
        if parameter.requires_grad:
            module, ours = next(
                (key[: -len(theirs) - 1], ours) for theirs, (ours, _) in PARAMETERS.items() if key.endswith(theirs)
            )
            tensors[module.removeprefix("base_model.model.") + "/" + ours] = parameter
    return tensors


def as_stored(name, tensor):
    transposed = {ours for ours, turned in PARAMETERS.values() if turned}
    tensor = tensor.T if name.rsplit("/", 1)[1] in transposed and tensor.ndim == 2 else tensor
    tensor = tensor.reshape(-1) if 1 in tensor.shape and name.endswith("/l") else tensor
    return tensor.detach().float().contiguous().clone()


def move(tensors, random):
    """Away from where PEFT starts, where B and D are zero and a gradient of A would be."""
    with torch.no_grad():
        for name, tensor in tensors.items():
            if name.endswith(("/m", "/l", "/lambdaD")):
                tensor.mul_(1 + gaussian(random, 0.2, *tensor.shape))
            else:
                tensor.add_(gaussian(random, 0.1, *tensor.shape))
            tensor.copy_(tensor.float())


def write_case(folder, name, method, random):
    torch.manual_seed(0)  # what peft draws for A
    base = AutoModelForCausalLM.from_pretrained(
        DECODERS / name / "model", dtype=torch.float32, attn_implementation="eager"
    )
    adapted = get_peft_model(base, config_of(method))
    adapted.double().eval()
    model = adapted.base_model.model
    tensors = named(adapted)
    kept = "AB" if method.endswith("pissa") else ""
    kept += "m" if method == "dora" else ""
    stored = {f"initial/{key}": as_stored(key, t) for key, t in tensors.items() if key.rsplit("/", 1)[1] in kept}
    stored |= {
        f"initial/{key.removeprefix('base_model.model.')}/cells": module.shira_indices["default"].float()
        for key, module in adapted.named_modules()
        if hasattr(module, "shira_indices")
    }
    for key, module in adapted.named_modules():
        if getattr(module, "vera_A", None) is not None and hasattr(module, "in_features"):
            name_of = f"initial/{key.removeprefix('base_model.model.')}/"
            stored[name_of + "A"] = module.vera_A["default"][:, : module.in_features].float().contiguous().clone()
            stored[name_of + "B"] = module.vera_B["default"][: module.out_features].T.float().contiguous().clone()
    move(tensors, random)
    stored |= {key: as_stored(key, tensor) for key, tensor in tensors.items()}

    sequences = json.loads((DECODERS / name / "expected.json").read_text())["sequences"]
    batch = list(range(1, len(sequences)))
    labels = labels_of([sequences[k] for k in batch])
    supervised = sum(label != IGNORED for row in labels for label in row)

    def loss_of_batch():
        total = torch.zeros((), dtype=torch.float64)
        for k, row in zip(batch, labels):
            total = total + nn.functional.cross_entropy(
                run(model, sequences[k])[0], torch.tensor(row), ignore_index=IGNORED, reduction="sum"
            )
        return total / supervised

    loss = loss_of_batch()
    gradients = torch.autograd.grad(loss, list(tensors.values()))
    stored |= {f"grad/{key}": as_stored(key, gradient) for key, gradient in zip(tensors, gradients)}
    with torch.no_grad():
        stored["logits"] = run(model, sequences[SHOWN])[0].float().clone()
    save_file(stored, folder / f"{name}-{method}.safetensors", metadata={"format": "pt"})

    optimizer = torch.optim.AdamW(tensors.values(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        step_loss = loss_of_batch()
        step_loss.backward()
        losses.append(step_loss.item())
        optimizer.step()
    write_json(
        folder / f"{name}-{method}.json",
        {
            "rank": RANKS.get(method, RANK),
            "alpha": RANK if method == "hira" else ALPHA,  # PEFT's HiRA has no scaling
            "feedforward": FEEDFORWARD.get(method, []),
            "shown": SHOWN,
            "batch": batch,
            "labels": labels,
            "supervised": supervised,
            "loss": loss.item(),
            "losses": losses,
            "sumOfSquares": sum(t.square().sum().item() for t in tensors.values()),
        },
    )


def feedforward_of_bert():
    """By rule, for every linear layer of a BERT, whether PEFT would scale its input."""
    config = BertConfig(vocab_size=50, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)
    bert = BertModel(config, add_pooling_layer=False)
    modules = [name for name, module in bert.named_modules() if isinstance(module, nn.Linear)]
    result = {}
    for rule, feedforward in BERT_FEEDFORWARD.items():
        config = IA3Config(target_modules=feedforward, feedforward_modules=feedforward)
        result[rule] = {name: IA3Model._check_target_module_feedforward(config, name) for name in modules}
    return result


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # one order of summation
    c3a_layer.BlockCircularConvolution = Circulant
    cases = [(name, method) for chosen in (CASES, LATER) for name, methods in chosen.items() for method in methods]
    cases += [(name, method) for method in LAST for name in CASES]
    for seed, (name, method) in enumerate(cases, start=1):
        write_case(folder, name, method, np.random.default_rng(seed))
    write_json(folder / "feedforward.json", feedforward_of_bert())


if __name__ == "__main__":
    main()
