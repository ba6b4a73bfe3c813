"""Golden values of what a language model learns beside dialogues, on the tiny decoders of make_decoder_goldens.py.

    python tools/make_language_goldens.py [folder]

writes into cola-core/src/test/resources/goldens/language (or `folder`), for each model of MODELS:

    <model>-texts.json      texts: of each text and largest length pieces (ids; the next one begins with the last token of
                            the one before), losses: of each piece what transformers gives for labels = input_ids (the
                            mean over all tokens but the first); all with the model's eos at the text's end
    <model>-<case>.json     preference pairs, whose messages are written as the template "plain" writes them (the prompt,
                            then the answer and eos): pairs (prompt, chosen, rejected; ids and labels of both, as of
                            make_decoder_goldens.py), beta, labelSmoothing, policy and reference (sums of the answers'
                            log-probabilities, chosen and rejected), margins, accuracy, loss, evaluationLoss (without
                            smoothing), losses: ten, each before a step of AdamW as in make_decoder_goldens.py
    <model>-<case>.safetensors  grad/<layer>/A.<i>, B.<j>: the gradient of loss

The loss is that of DPO (arXiv 2305.18290, equation 7), with the smoothing of conservative DPO as TRL's DPOTrainer has it
(loss_type "sigmoid", label_smoothing), written out here. The policy starts from the factors in
goldens/decoder/<model>/cola-heuristic.safetensors; the reference is the model without adapters. One sequence at a time, in
float64 but where transformers itself goes down to float32. Two runs write the same bytes. Versions are in
tools/requirements.txt.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from golden_parts import adapt, write_json
from make_decoder_goldens import CASES as PAIRINGS
from make_decoder_goldens import FOLDER as DECODERS
from make_decoder_goldens import IGNORED, STEPS, TARGETS, TEXTS
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional as F
from transformers import AutoModelForCausalLM

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/language"
MODELS = ("llama", "qwen2")  # with a begin token before a text, and without
LENGTHS = (12, 1000)
CASES = {"preference": (0.1, 0.0), "preference-smooth": (0.5, 0.2)}  # name: (beta, label smoothing)
PAIRS = [
    ("Is the contract void?", "It is: the court held so.", "No."),
    ("A patient has fever and a cough.", "Antibiotics.", "He should rest for 12 days, and drink."),
    ("x = [1, 2]\n", "A list of numbers", "A list of letters"),
]


def write_texts(folder, name, model, tokenizer, eos):
    cases = []
    for length in LENGTHS:
        for text in TEXTS:
            ids = tokenizer.encode(text).ids + [eos]
            pieces = [ids[start : start + length] for start in range(0, max(1, len(ids) - 1), length - 1)]
            losses = []
            for piece in pieces:
                with torch.no_grad():
                    inputs = torch.tensor([piece])
                    losses.append(model(input_ids=inputs, labels=inputs).loss.item() if len(piece) > 1 else None)
            cases.append({"text": text, "maxLength": length, "pieces": pieces, "losses": losses})
    write_json(folder / f"{name}-texts.json", cases)


def answered(tokenizer, eos, prompt, answer):
    """A dialogue's tokens, and for each the one that it has to predict."""
    asked = tokenizer.encode(prompt).ids
    ids = asked + tokenizer.encode(answer, add_special_tokens=False).ids + [eos]
    return {"ids": ids, "labels": [ids[t + 1] if len(asked) <= t + 1 < len(ids) else IGNORED for t in range(len(ids))]}


def log_probability(model, sample):
    logits = model(input_ids=torch.tensor([sample["ids"]]), use_cache=False).logits[0].double()
    return -F.cross_entropy(logits, torch.tensor(sample["labels"]), ignore_index=IGNORED, reduction="sum")


def write_preferences(folder, name, case, load_model, pairs):
    beta, smoothing = CASES[case]
    stored = json.loads((DECODERS / name / "cola-heuristic.json").read_text())
    model = load_model()
    adapted = adapt(
        model, TARGETS, stored["M"], stored["N"], PAIRINGS["heuristic"][2], stored["rank"], stored["scaling"],
        np.random.default_rng(0),
    )  # fmt: skip
    factors = load_file(DECODERS / name / "cola-heuristic.safetensors")
    trained = {}
    with torch.no_grad():
        for layer, module in adapted.items():
            for key, tensor in module.tensors().items():
                tensor.copy_(factors[f"{layer}/{key}"].double())
                if tensor.requires_grad:
                    trained[f"{layer}/{key}"] = tensor
        reference = [
            [log_probability(load_model(), pair[side]).item() for side in ("chosen", "rejected")] for pair in pairs
        ]

    def policy():
        return [[log_probability(model, pair[side]) for side in ("chosen", "rejected")] for pair in pairs]

    def margins_of(log_probabilities):
        return [beta * ((w - rw) - (l - rl)) for (w, l), (rw, rl) in zip(log_probabilities, reference)]

    def loss_of(margins, epsilon):
        return sum(-(1 - epsilon) * F.logsigmoid(z) - epsilon * F.logsigmoid(-z) for z in margins) / len(margins)

    first = policy()
    margins = margins_of(first)
    loss = loss_of(margins, smoothing)
    gradients = torch.autograd.grad(loss, list(trained.values()))
    save_file(
        {f"grad/{key}": gradient.float().clone() for key, gradient in zip(trained, gradients)},
        folder / f"{name}-{case}.safetensors",
        metadata={"format": "pt"},
    )
    optimizer = torch.optim.AdamW(trained.values(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        step_loss = loss_of(margins_of(policy()), smoothing)
        step_loss.backward()
        losses.append(step_loss.item())
        optimizer.step()
    write_json(
        folder / f"{name}-{case}.json",
        {
            "pairs": pairs,
            "beta": beta,
            "labelSmoothing": smoothing,
            "policy": [[value.item() for value in both] for both in first],
            "reference": reference,
            "margins": [z.item() for z in margins],
            "accuracy": sum(z.item() > 0 for z in margins) / len(margins),
            "loss": loss.item(),
            "evaluationLoss": loss_of(margins, 0.0).item(),
            "losses": losses,
        },
    )


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # one order of summation
    for name in MODELS:
        published = DECODERS / name / "model"
        tokenizer = Tokenizer.from_file(str(published / "tokenizer.json"))
        config = json.loads((published / "tokenizer_config.json").read_text())
        eos = tokenizer.token_to_id(config["eos_token"])

        def load_model():
            model = AutoModelForCausalLM.from_pretrained(
                published, dtype=torch.float32, attn_implementation="eager"
            )
            return model.double().eval()

        write_texts(folder, name, load_model(), tokenizer, eos)
        pairs = [
            {
                "prompt": prompt,
                "answers": [chosen, rejected],
                "chosen": answered(tokenizer, eos, prompt, chosen),
                "rejected": answered(tokenizer, eos, prompt, rejected),
            }
            for prompt, chosen, rejected in PAIRS
        ]
        for case in CASES:
            write_preferences(folder, name, case, load_model, pairs)


if __name__ == "__main__":
    main()
