"""Writes goldens/answers.json: scores of answers by torchmetrics (SQuAD's exact match and F1) and rouge_score (ROUGE-L).

    pip install torchmetrics rouge-score
    python tools/make_answer_goldens.py [FOLDER]

ROUGE-L is written for pairs of ASCII texts alone, as rouge_score takes other letters for spaces.
"""

import json
import sys
from pathlib import Path

from rouge_score.rouge_scorer import RougeScorer
from torchmetrics.functional.text import squad

RESOURCES = Path(__file__).resolve().parent.parent / "cola-core/src/test/resources/goldens"
PAIRS = [
    ("Paris", "paris"),
    ("The capital is Paris.", "It is Paris, the capital"),
    ("a an the", ""),
    ("", ""),
    ("", "nothing"),
    ("word", ""),
    ("the cat sat on the mat", "on the mat the cat sat"),
    ("one two two three", "two two two one"),
    ("it's 3.14, roughly", "its 314 roughly"),
    ("state-of-the-art", "state of the art"),
    ("first line\nsecond\tline", "first line second line"),
    ("A B C D E F G", "g f e d c b a"),
    ("an answer, an answer; an answer!", "answer answer"),
    ("theatre analysis another", "tre lysis nother"),
    ("x_1 + y_2 = z", "x 1 y 2 z"),
    ("grüße aus Köln", "Grüße, aus KÖLN!"),
    ("сорок два", "Сорок-два"),
    ("no overlap here", "entirely different words"),
    ("$5 (five dollars)", "five dollars $5"),
    ("yes\u00a0no", "yes no"),
]


def scores(answer, reference):
    by_squad = squad(
        [{"prediction_text": answer, "id": "0"}],
        [{"answers": {"answer_start": [0], "text": [reference]}, "id": "0"}],
    )
    row = {
        "answer": answer,
        "reference": reference,
        "exact": float(by_squad["exact_match"]) / 100,
        "f1": float(by_squad["f1"]) / 100,
    }
    if (answer + reference).isascii():
        row["rougeL"] = RougeScorer(["rougeL"]).score(reference, answer)["rougeL"].fmeasure
    return row


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RESOURCES
    rows = [scores(answer, reference) for answer, reference in PAIRS]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "answers.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
