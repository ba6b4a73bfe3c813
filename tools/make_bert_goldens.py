"""Golden values of a tiny BERT, alone and with CoLA adapters, by PyTorch and HF transformers.

    python tools/make_bert_goldens.py [folder]

writes into cola-core/src/test/resources/goldens/bert (or `folder`):

    model/config.json, model.safetensors, tokenizer.json   a random BertModel, without pooler
    expected.json              texts, their tokens, the last hidden state's mean over each text's tokens
    cola-<case>.safetensors    factors, head, logits, gradients
    cola-<case>.json           pairs, scaling, labels, loss, ten steps of AdamW

Every stored input is rounded to float32 first; everything after is computed from the rounded numbers in
float64, one sequence at a time (no padding). Results are stored as float32 or with 9 significant digits.
Two runs write the same bytes. Made with Python 3.11.7, torch 2.15.0,
transformers 5.23.0, tokenizers 0.23.3, safetensors 0.8.0, numpy 2.4.6.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from golden_parts import adapt, gaussian, write_json
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import nn
from transformers import BertConfig, BertModel

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/bert"

SENTENCES = [
    "The court held that the contract was void and ordered the seller to pay damages.",
    "A patient with fever and a persistent cough was treated with antibiotics.",
    "The bank raised its lending rate by half a point, and the shares fell.",
    "The derivative of a constant is zero; the integral of zero is a constant.",
    "She walked along the river, singing softly, while the dogs were playing.",
    "Is the seller bound by the contract? The court says so.",
    "What is the lending rate of the bank?",
    "The doctors treated the patients and ordered a rest of ten days.",
    "Low-rank adapters were trained on a frozen model (12 layers, 768 wide).",
    "Shares, bonds & rates: the market's opening was calm!",
]
VOCABULARY = 200

# (text, pair or None, label): accents, case, Chinese characters, unknown ones, and a single word among them
EXAMPLES = [
    ("The court ordered the seller to pay damages.", None, 0),
    ("A persistent cough, fever and a rest of ten days: is the patient being treated with antibiotics?", None, 1),
    ("Contract", None, 0),
    ("What is the LENDING rate of the bank?", "The bank raised its lending rate by half a point.", 2),
    ("Café Zürich isn't open; naïve doctors walked 12 days along the river \u4e2d\u6587 \u2603!", None, 1),
    ("Shares fell.", "The market's opening was calm & low, and bonds - unlike shares - were singing.", 2),
]
CLASSES = 3

CASES = {  # name: (M, N, pairs (i, j) of A_i with B_j)
    "full": (2, 3, [(i, j) for i in range(2) for j in range(3)]),
    "heuristic": (2, 3, [(0, 0), (1, 1), (0, 2)]),
    "lora": (1, 1, [(0, 0)]),
}
RANK = 2
SCALING = 2.0
TARGETS = ("query", "key", "value", "dense")  # the last part of all six linear layers' names
STEPS = 10


def make_tokenizer():
    """WordPiece: every character alone and as a continuation, then the likeliest longer pieces.

    Not WordPieceTrainer, whose ids depend on the hash seed of the process.
    """
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    text = tokenizer.normalizer.normalize_str(" ".join(SENTENCES))
    words = [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    characters = sorted(set("".join(words)))
    continued = sorted({"##" + c for word in words for c in word[1:]})
    saved = Counter()  # pieces by the characters they would save
    for word in words:
        for end in range(2, len(word) + 1):
            saved[word[:end]] += end - 1
        for start in range(1, len(word) - 1):
            saved["##" + word[start:]] += len(word) - start - 1
    room = VOCABULARY - len(special) - len(characters) - len(continued)
    longer = sorted(sorted(saved, key=lambda piece: (-saved[piece], piece))[:room])

    vocabulary = {piece: i for i, piece in enumerate(special + characters + continued + longer)}
    tokenizer.model = models.WordPiece(vocabulary, unk_token="[UNK]")
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(t, vocabulary[t]) for t in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def make_model(tokenizer, random):
    """Random weights large enough that attention, GELU and normalisation all matter."""
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        type_vocab_size=2,
        hidden_act="gelu",
        layer_norm_eps=1e-12,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = BertModel(config, add_pooling_layer=False)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("LayerNorm.weight"):
                values = 1 + 0.2 * random.standard_normal(parameter.shape)
            else:
                values = (0.1 if name.endswith("bias") else 0.3) * random.standard_normal(parameter.shape)
            parameter.copy_(torch.from_numpy(values))
    return model


def pooled(model, encoding):
    """The last hidden state's mean over one text's tokens [hidden]."""
    ids, types = torch.tensor([encoding.ids]), torch.tensor([encoding.type_ids])
    return model(input_ids=ids, token_type_ids=types).last_hidden_state[0].mean(dim=0)


def make_case(folder, name, load_model, encodings, random):
    m, n, pairs = CASES[name]
    model = load_model()
    adapted = adapt(model, TARGETS, m, n, pairs, RANK, SCALING, random)
    head = nn.Linear(model.config.hidden_size, CLASSES, dtype=torch.float64)
    with torch.no_grad():
        head.weight.copy_(gaussian(random, 0.3, *head.weight.shape))
        head.bias.copy_(gaussian(random, 0.3, *head.bias.shape))
    tensors = {"head.weight": head.weight, "head.bias": head.bias}
    for module_name, layer in adapted.items():
        tensors |= {f"{module_name}/{key}": factor for key, factor in layer.tensors().items()}
    trained = {key: tensor for key, tensor in tensors.items() if tensor.requires_grad}

    labels = torch.tensor([label for _, _, label in EXAMPLES])

    def forward():
        logits = head(torch.stack([pooled(model, encoding) for encoding in encodings]))
        return logits, nn.functional.cross_entropy(logits, labels)

    logits, loss = forward()
    gradients = torch.autograd.grad(loss, list(trained.values()))
    stored = tensors | {"logits": logits} | {f"grad/{key}": g for key, g in zip(trained, gradients)}
    stored = {key: tensor.detach().float().clone() for key, tensor in stored.items()}
    save_file(stored, folder / f"cola-{name}.safetensors", metadata={"format": "pt"})

    optimizer = torch.optim.AdamW(trained.values(), lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        _, step_loss = forward()
        step_loss.backward()
        norms.append(nn.utils.clip_grad_norm_(trained.values(), 1.0).item())
        losses.append(step_loss.item())
        optimizer.step()
    write_json(
        folder / f"cola-{name}.json",
        {
            "pairs": pairs,
            "scaling": SCALING,
            "labels": labels.tolist(),
            "loss": loss.item(),
            "losses": losses,  # before each step
            "gradientNorms": norms,  # before clipping
            "sumOfSquares": sum(t.square().sum().item() for t in trained.values()),  # after the last step
        },
    )


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    (folder / "model").mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # one order of summation

    tokenizer = make_tokenizer()
    tokenizer.save(str(folder / "model/tokenizer.json"))
    make_model(tokenizer, np.random.default_rng(1)).save_pretrained(folder / "model")

    def load_model():  # what was written, so that the files are what the numbers belong to
        model = BertModel.from_pretrained(folder / "model", add_pooling_layer=False, attn_implementation="eager")
        return model.double().eval()

    encodings = [tokenizer.encode(text, pair) for text, pair, _ in EXAMPLES]
    model = load_model()
    with torch.no_grad():
        expected = [
            {
                "text": text,
                "pair": pair,
                "ids": encoding.ids,
                "typeIds": encoding.type_ids,
                "mean": pooled(model, encoding).tolist(),
            }
            for (text, pair, _), encoding in zip(EXAMPLES, encodings)
        ]
    write_json(folder / "expected.json", expected)

    for seed, name in enumerate(CASES, start=2):
        make_case(folder, name, load_model, encodings, np.random.default_rng(seed))


if __name__ == "__main__":
    main()
