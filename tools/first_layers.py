"""The first blocks of a decoder as a model of its own, as a draft for speculative decoding.

    python tools/first_layers.py MODEL_DIR OUT_DIR LAYERS

copies a Hugging Face folder with one model.safetensors of the Llama family, without the blocks from LAYERS on. Embeddings,
the last norm and the vocabulary projection stay. Such a model writes poorly until an adapter is trained on it.
"""

import json
import re
import shutil
import sys
from pathlib import Path

from safetensors import safe_open
from safetensors.numpy import save_file


def main(model, out, layers):
    model, out = Path(model), Path(out)
    config = json.loads((model / "config.json").read_text())
    if not 0 < layers < config["num_hidden_layers"]:
        sys.exit(f"expected 1 to {config['num_hidden_layers'] - 1} layers, got {layers}")
    out.mkdir(parents=True)
    with safe_open(model / "model.safetensors", "numpy") as file:
        names = [n for n in file.keys() if int((re.findall(r"layers\.(\d+)\.", n) or [0])[0]) < layers]
        save_file({name: file.get_tensor(name) for name in names}, out / "model.safetensors", {"format": "pt"})
    config["num_hidden_layers"] = layers
    if config.get("layer_types"):
        config["layer_types"] = config["layer_types"][:layers]
    (out / "config.json").write_text(json.dumps(config, indent=2))
    for file in model.glob("*.json"):
        if file.name not in ("config.json", "model.safetensors.index.json"):
            shutil.copy(file, out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
