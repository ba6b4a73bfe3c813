"""Golden values of tiny decoders, alone and with CoLA adapters, by PyTorch and HF transformers.

    python tools/make_decoder_goldens.py [folder [name ...]]

writes into cola-core/src/test/resources/goldens/decoder (or `folder`), for each of the models (or those named):

    llama     grouped-query attention (4 heads, 2 key-value heads of 12), Llama-3 rope scaling of which all three
              branches occur (the first frequency is kept, the second between, the others divided by 8; texts are
              longer than original_max_position_embeddings), tied head, two shards with an index,
              config.json as transformers 4 wrote it (rope_theta, rope_scaling, torch_dtype)
    qwen2     biases on q, k and v; untied head; sliding_window 4, which use_sliding_window false switches off;
              head size not in config.json (8 = hidden / heads); config.json as transformers 4 wrote it
    mistral   sliding_window 5 (a token sees itself and the four before it) shorter than the texts; untied head;
              head_dim 24 where hidden / heads is 20; one key-value head; weights stored as bfloat16;
              config.json as transformers 5 writes it (rope_parameters, dtype)

and the other families of decoder_families.py (cases: heuristic alone; generation: 30 tokens), these files:

    <model>/model/                  what Hugging Face publishes: config.json, generation_config.json,
                                    model.safetensors or model-0000<k>-of-00002.safetensors with
                                    model.safetensors.index.json, tokenizer.json (byte-level BPE, 300 tokens; llama
                                    and mistral put a begin token first), tokenizer_config.json with a chat template
    <model>/expected.json           texts: what the tokenizer makes of them (ids with special tokens)
                                    sequences: id lists of the lengths 1, 7, 23, ..., the inputs of all that follows
                                    generation: prompt (ids), ids (the 12 or 30 that greedy decoding adds; the end token
                                    does not stop it), margin (the least difference between best and second logit)
    <model>/expected.safetensors    logits.<k> [tokens, vocabulary] and hidden.<k> [tokens, hidden] of sequence k:
                                    row t is token t; hidden is the last layer's output after the final norm
    <model>/cola-<case>.safetensors the adapters of a case, see below
    <model>/cola-<case>.json        M, N, pairs [i, j] of A_i with B_j, rank, alpha, scaling = alpha / rank
                                    batch: which sequences make up the batch, in this order
                                    labels: for each of them a number per token: the id that token t has to predict,
                                    which is token t + 1 of the sequence, or -100 where nothing is learnt
                                    supervised: how many labels are not -100
                                    loss: the sum of the cross-entropies at the supervised tokens of all sequences
                                    of the batch, divided by supervised
                                    losses: ten, each before a step; sumOfSquares: of all factors after the last step

Tensors of cola-<case>.safetensors, all float32; <layer> is a module name of transformers such as
model.layers.0.self_attn.q_proj, for q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj (starcoder2: c_fc,
c_proj) of each block:

    <layer>/A.<i>  [rank, in]       <layer>/A0.<i>  the fixed ones that are subtracted
    <layer>/B.<j>  [out, rank]      <layer>/B0.<j>
    grad/<layer>/A.<i>, B.<j>       the gradient of loss
    final/<layer>/A.<i>, B.<j>      the factors after ten steps of AdamW on the same batch: learning rate 1e-3
                                    (constant), betas 0.9 and 0.999, epsilon 1e-8, weight decay 0.01 on every
                                    factor, no clipping
    logits [sequences, vocabulary]  of the last token of each sequence of expected.json, adapters attached
    hidden [sequences, hidden]      likewise, after the final norm

Every stored input is rounded to float32 (mistral: its weights to bfloat16) first; everything after is computed from
the rounded numbers, one sequence at a time (no padding), with eager attention, in float64 except where transformers
itself goes down to float32: the norms, the softmax of attention, and the rotary angles. Results are stored as float32
or with 9 significant digits. Two runs write the same bytes. Versions are in tools/requirements.txt.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from decoder_families import MODELS, VOCABULARY
from golden_parts import adapt, gaussian, write_json
from make_bert_goldens import SENTENCES
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from torch import nn
from transformers import AutoModelForCausalLM

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/decoder"
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "c_fc", "c_proj")
CASES = {  # name: (M, N, pairs (i, j) of A_i with B_j)
    "full": (2, 3, [(i, j) for i in range(2) for j in range(3)]),
    "heuristic": (2, 3, [(0, 0), (1, 1), (0, 2)]),
}
ALPHA = 8.0
STEPS = 10
IGNORED = -100

TEXTS = [
    "The court held that the contract was void.",
    "A patient with fever and a persistent cough was treated with antibiotics for 12 days: is that too long?",
    "Café Zürich isn't open; \u4e2d\u6587 \u2603!\n\n  x = [1, 2]\n",
    "",
]
LONG = " ".join(SENTENCES)

def write_tokenizer(folder, special, first, names):
    """Byte-level BPE: all bytes, then the merges that are most frequent in SENTENCES, then (or first) special tokens.

    Not BpeTrainer, as its ties are its own affair; here the alphabet decides them.
    """
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = Counter(tuple(word) for word, _ in byte_level.pre_tokenize_str(LONG))
    merges = []
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    while len(alphabet) + len(merges) + len(special) < VOCABULARY:
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        merged = Counter()
        for word, count in words.items():
            merged[merge(word, best)] += count
        words = merged
    pieces = alphabet + [left + right for left, right in merges]
    pieces = special + pieces if first else pieces + special
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    assert len(vocabulary) == VOCABULARY

    tokenizer = Tokenizer(models.BPE({p: i for p, i in vocabulary.items() if p not in special}, merges))
    if first:  # the model itself must know them, or they would be numbered after the pieces
        tokenizer.model = models.BPE(vocabulary, merges)
    tokenizer.add_special_tokens(special)
    tokenizer.pre_tokenizer = byte_level
    tokenizer.decoder = decoders.ByteLevel()
    begin = names.get("bos_token")
    if begin:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A", pair=f"{begin} $A {begin}:1 $B:1", special_tokens=[(begin, vocabulary[begin])]
        )
    assert all(tokenizer.token_to_id(piece) == i for piece, i in vocabulary.items())
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False} | names
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return tokenizer


def merge(word, pair):
    pieces, at = [], 0
    while at < len(word):
        if word[at : at + 2] == pair:
            pieces.append(word[at] + word[at + 1])
            at += 2
        else:
            pieces.append(word[at])
            at += 1
    return tuple(pieces)


def write_model(folder, family, random):
    """Random weights large enough that attention, the gates and normalisation all matter."""
    model = AutoModelForCausalLM.from_config(family.config)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if key.endswith("norm.weight"):
                values = family.norm_gain + 0.2 * random.standard_normal(parameter.shape)
            else:
                values = (0.2 if key.endswith("bias") else 0.25) * random.standard_normal(parameter.shape)
            parameter.copy_(torch.from_numpy(values))
    model = model.to(family.dtype)
    model.save_pretrained(folder, max_shard_size=family.shard_size)
    shards = len(list(folder.glob("model*.safetensors")))
    assert shards == family.shards, shards
    path = folder / "config.json"
    config = json.loads(path.read_text())
    if family.older is not None:
        config = as_published(config, family.older)
    if family.older is not None or family.newer:
        path.write_text(json.dumps(dict(sorted((config | family.newer).items())), indent=2) + "\n")


def as_published(config, older):
    """The keys of config.json as folders of before transformers 5 have them; those that `older` gives null for an
    attribute of version 5 are left out."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.45.0"
    for key, value in older.items():
        config[key] = value
    for key in ("layer_types", "head_dim"):
        if key in older and older[key] is None:
            config.pop(key)
    return config


def labels_of(sequences):
    """What column t has to predict, [sequence][token]: answers of different places and lengths."""
    answers = [  # the tokens that are to be predicted, by sequence of the batch
        range(1, len(sequences[0])),  # all
        [len(sequences[1]) - 1],  # the last one
        [t for t in range(4, len(sequences[2])) if not 9 <= t < 14],  # two answers
    ]
    return [
        [ids[t + 1] if t + 1 in answer else IGNORED for t in range(len(ids))] for ids, answer in zip(sequences, answers)
    ]


def run(model, ids):
    """The logits [tokens, vocabulary] and what the head gets [tokens, hidden]."""
    inputs = torch.tensor([ids])
    hidden = model.model(input_ids=inputs, use_cache=False).last_hidden_state[0]
    return model(input_ids=inputs, use_cache=False).logits[0], hidden


def generate(model, prompt, count):
    ids, margins = list(prompt), []
    with torch.no_grad():
        for _ in range(count):
            best = run(model, ids)[0][-1].topk(2)
            margins.append((best.values[0] - best.values[1]).item())
            ids.append(best.indices[0].item())
        cached = model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False,
            max_new_tokens=count,
            eos_token_id=None,
            pad_token_id=0,
        )
    assert cached[0].tolist() == ids, "with a cache other tokens come out"
    return {"prompt": prompt, "ids": ids[len(prompt) :], "margin": min(margins)}


def write_case(folder, case, rank, load_model, sequences, random):
    m, n, pairs = CASES[case]
    model = load_model()
    adapted = adapt(model, TARGETS, m, n, pairs, rank, ALPHA / rank, random)
    linears = [name for name, module in load_model().model.named_modules() if isinstance(module, nn.Linear)]
    assert [f"model.{name}" for name in linears] == list(adapted)
    tensors = {f"{name}/{key}": t for name, layer in adapted.items() for key, t in layer.tensors().items()}
    trained = {key: tensor for key, tensor in tensors.items() if tensor.requires_grad}

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
    gradients = torch.autograd.grad(loss, list(trained.values()))
    with torch.no_grad():
        logits, hidden = zip(*[(logits[-1], hidden[-1]) for logits, hidden in (run(model, ids) for ids in sequences)])
    stored = dict(tensors) | {f"grad/{key}": g for key, g in zip(trained, gradients)}
    stored |= {"logits": torch.stack(logits), "hidden": torch.stack(hidden)}
    stored = {key: tensor.detach().float().clone() for key, tensor in stored.items()}

    optimizer = torch.optim.AdamW(trained.values(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        step_loss = loss_of_batch()
        step_loss.backward()
        losses.append(step_loss.item())
        optimizer.step()
    stored |= {f"final/{key}": tensor.detach().float() for key, tensor in trained.items()}
    save_file(stored, folder / f"cola-{case}.safetensors", metadata={"format": "pt"})
    write_json(
        folder / f"cola-{case}.json",
        {
            "M": m,
            "N": n,
            "pairs": pairs,
            "rank": rank,
            "alpha": ALPHA,
            "scaling": ALPHA / rank,
            "batch": batch,
            "labels": labels,
            "supervised": supervised,
            "loss": loss.item(),
            "losses": losses,
            "sumOfSquares": sum(t.square().sum().item() for t in trained.values()),
        },
    )


def write_goldens(folder, name, seed):
    (folder / "model").mkdir(parents=True, exist_ok=True)
    family = MODELS[name]()
    tokenizer = write_tokenizer(folder / "model", family.special, family.special_first, family.names)
    write_model(folder / "model", family, np.random.default_rng(seed))

    def load_model():  # what was written, so that the files are what the numbers belong to
        model = AutoModelForCausalLM.from_pretrained(
            folder / "model", dtype=torch.float32, attn_implementation="eager"
        )
        return model.double().eval()

    # every sequence another stretch of the text; the first ones begin as the tokenizer has it
    ids = tokenizer.encode(LONG).ids
    starts = [0, 0, 60, 130]
    sequences = [ids[start : start + length] for start, length in zip(starts, family.lengths)]

    model = load_model()
    with torch.no_grad():
        results = [run(model, sequence) for sequence in sequences]
    tensors = {}
    for k, (logits, hidden) in enumerate(results):
        tensors |= {f"logits.{k}": logits.float(), f"hidden.{k}": hidden.float()}
    save_file(tensors, folder / "expected.safetensors", metadata={"format": "pt"})
    write_json(
        folder / "expected.json",
        {
            "texts": [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS],
            "sequences": sequences,
            "generation": generate(model, tokenizer.encode("The court held").ids, family.generated),
        },
    )
    for k, case in enumerate(family.cases):
        write_case(folder, case, family.rank, load_model, sequences, np.random.default_rng(seed + 1 + k))


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    chosen = sys.argv[2:] or MODELS
    torch.set_num_threads(1)  # one order of summation
    for k, name in enumerate(MODELS):
        if name not in chosen:
            continue
        write_goldens(folder / name, name, seed=10 * (k + 1))


if __name__ == "__main__":
    main()
