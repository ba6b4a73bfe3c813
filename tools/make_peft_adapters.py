"""Adapters as HF PEFT saves them, trained by it for five steps, with the logits it computes.

    python tools/make_peft_adapters.py [folder]

writes into cola-core/src/test/resources/goldens/peft-adapters (or `folder`) a folder `<model>-<name>` for each
configuration of check_peft.py, with adapter_config.json and adapter_model.safetensors as save_pretrained writes them
(paths of this machine and PEFT's README left out) and logits.json: of the sequences of check_peft.py, a BERT's by its
head on the mean over the tokens, a Llama's at the last token. Computed in float32 on one thread. Versions are in
tools/requirements.txt.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from check_peft import GOLDENS, TARGETS, logits, train, trained_configs
from golden_parts import nine_digits


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDENS / "peft-adapters"
    torch.set_num_threads(1)
    for model in TARGETS:
        for name, config in trained_configs(model).items():
            adapted = train(model, config)
            folder = target / f"{model}-{name}"
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory() as saved, torch.no_grad():
                adapted.save_pretrained(saved)
                written = json.loads((Path(saved) / "adapter_config.json").read_text())
                written["base_model_name_or_path"] = f"tiny-{model}"
                for key, value in written.items():  # PEFT keeps sets, whose order changes
                    if key in ("target_modules", "feedforward_modules", "modules_to_save") and isinstance(value, list):
                        value.sort()
                (folder / "adapter_config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")
                weights = (Path(saved) / "adapter_model.safetensors").read_bytes()
                (folder / "adapter_model.safetensors").write_bytes(weights)
                expected = logits(model, adapted.base_model.model).tolist()
            (folder / "logits.json").write_text(json.dumps(nine_digits(expected)) + "\n")


if __name__ == "__main__":
    main()
