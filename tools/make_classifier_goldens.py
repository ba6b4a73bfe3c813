"""Writes goldens/classifiers.json: logits of transformers' ForSequenceClassification classes of the tests' decoders.

    pip install -r tools/requirements.txt
    python tools/make_classifier_goldens.py [FOLDER]

The head's weights are sin(1 + 3 i + 7 j) / 4 at row i and column j, as DecoderClassifierTest has them too.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification

GOLDENS = Path(__file__).resolve().parent.parent / "cola-core/src/test/resources/goldens"
SEQUENCES = [[2, 17, 40, 9, 3], [2, 3], [2, 80, 81, 5, 4, 120, 3]]
WITHOUT_CLASS = ["granite"]


def logits(folder):
    options = {"attn_implementation": "eager", "dtype": torch.float32, "num_labels": 3}
    network = AutoModelForSequenceClassification.from_pretrained(folder, **options).eval()
    rows, columns = network.score.weight.shape
    place = torch.arange(rows)[:, None] * 3 + torch.arange(columns)[None, :] * 7 + 1
    with torch.no_grad():
        network.score.weight.copy_(torch.sin(place.double()) / 4)
        return [network(torch.tensor([ids])).logits[0].tolist() for ids in SEQUENCES]


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDENS
    folders = [each for each in sorted((GOLDENS / "decoder").iterdir()) if each.name not in WITHOUT_CLASS]
    rows = {folder.name: logits(folder / "model") for folder in folders if (folder / "model").is_dir()}
    (target / "classifiers.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
