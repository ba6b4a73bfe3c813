"""Writes goldens/problems.json: losses, gradients and scores of multi-label and regression heads by PyTorch and torchmetrics.

    pip install torch torchmetrics scipy
    python tools/make_problem_goldens.py [FOLDER]
"""

import json
import sys
from pathlib import Path

import torch
from torchmetrics.functional import mean_absolute_error, r2_score, spearman_corrcoef
from torchmetrics.functional.classification import multilabel_exact_match, multilabel_f1_score

RESOURCES = Path(__file__).resolve().parent.parent / "cola-core/src/test/resources/goldens"


def losses(loss, logits, labels, weights):
    """The sum of w L and its gradient."""
    logits = logits.clone().requires_grad_(True)
    total = (weights[:, None] * loss(logits, labels, reduction="none")).sum()
    total.backward()
    return {"loss": total.item(), "gradient": logits.grad.flatten().tolist()}


def multi_label(texts, classes):
    logits = 3 * torch.randn(texts, classes, dtype=torch.float64)
    logits[0, 0] = 60  # where exp(z) is large
    logits[1, 0] = -60
    labels = (torch.rand(texts, classes) < 0.4).double()
    labels[2] = (logits[2] > 0).double()  # one text with all of its labels right
    weights = 0.5 + torch.rand(texts, dtype=torch.float64)
    functional = torch.nn.functional.binary_cross_entropy_with_logits
    probabilities = torch.sigmoid(logits)
    integers = labels.long()
    return {
        "logits": logits.tolist(),
        "labels": integers.tolist(),
        "weights": weights.tolist(),
        **losses(functional, logits, labels, weights),
        "mean": torch.nn.BCEWithLogitsLoss()(logits, labels).item(),
        "accuracy": multilabel_exact_match(probabilities, integers, classes).item(),
        "microF1": multilabel_f1_score(probabilities, integers, classes, average="micro").item(),
        "macroF1": multilabel_f1_score(probabilities, integers, classes, average="macro").item(),
    }


def regression(texts):
    labels = torch.round(4 * torch.randn(texts)) / 2 + 100  # with ties
    logits = (labels + torch.randn(texts)).float()
    logits[3] = logits[4]
    weights = 0.5 + torch.rand(texts, dtype=torch.float64)
    wide = logits.double()[:, None], labels.double()[:, None]
    return {
        "logits": logits.tolist(),
        "labels": labels.tolist(),
        "weights": weights.tolist(),
        **losses(torch.nn.functional.mse_loss, *wide, weights),
        "mean": torch.nn.MSELoss()(*wide).item(),
        "r2": r2_score(logits.double(), labels.double()).item(),
        "meanAbsoluteError": mean_absolute_error(logits.double(), labels.double()).item(),
        "spearman": spearman_corrcoef(logits.double(), labels.double()).item(),
    }


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RESOURCES
    torch.manual_seed(5)
    goldens = {"multiLabel": multi_label(9, 4), "regression": regression(40)}
    (folder / "problems.json").write_text(json.dumps(goldens, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
