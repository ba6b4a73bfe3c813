"""Golden values of HF PEFT's Lily on single tokens.

    python tools/make_lily_golden.py [folder]

writes into cola-core/src/test/resources/goldens/lily (or `folder`) expected.safetensors, of the layers layers.0.q,
layers.1.q, layers.2.q [5, 6] and layers.0.v, layers.1.v [4, 6] with rank 3, 2 matrices B, an A for 2 layers each and
scaling 1.5:

    <layer>.weight, <layer>.x [6], <layer>.dY       what goes in, and the gradient of what comes out
    <layer>.y                                       what comes out
    <owner>/A [3, 6], <owner>/B [2·3, out], <layer>/router [2, 3], and the same after grad/

An owner is the first layer that has the matrix. PEFT takes the mean of the router's weights over all tokens of a batch,
CoLA4J each token's own: for one token they are the same. Computed in float64 of values rounded to float32, stored as
float32. Versions are in tools/requirements.txt.
"""

import sys
from pathlib import Path

import torch
from peft import LilyConfig, get_peft_model
from safetensors.torch import save_file

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/lily"
SIZES = {"q": (3, 5), "v": (2, 4)}  # layers, outputs
INPUTS, RANK, EXPERTS, STRIDE, SCALING = 6, 3, 2, 2, 1.5


def random(*shape):
    return torch.randn(*shape).double()


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(5)
    layers = [
        torch.nn.ModuleDict(
            {name: torch.nn.Linear(INPUTS, out, bias=False) for name, (count, out) in SIZES.items() if i < count}
        )
        for i in range(3)
    ]
    base = torch.nn.ModuleDict({"layers": torch.nn.ModuleList(layers)})
    config = LilyConfig(
        r=RANK, num_B=EXPERTS, stride_A=STRIDE, scaling=SCALING, target_modules=list(SIZES), init_weights=False
    )
    adapted = get_peft_model(base, config).base_model.model.double()
    tensors, loss = {}, 0
    with torch.no_grad():
        for parameter in adapted.parameters():
            parameter.copy_(random(*parameter.shape))
    found = []
    for name, (count, out) in SIZES.items():
        for i in range(count):
            layer, module = f"layers.{i}.{name}", adapted["layers"][i][name]
            x, dy = random(INPUTS), random(out)
            y = module(x.reshape(1, 1, INPUTS)).reshape(out)
            loss = loss + y @ dy
            tensors |= {f"{layer}.weight": module.base_layer.weight, f"{layer}.x": x, f"{layer}.dY": dy, f"{layer}.y": y}
            found.append((f"layers.{i // STRIDE * STRIDE}.{name}/A", module.lily_A["default"].weight))
            found.append((f"layers.0.{name}/B", module.lily_B["default"].weight))
            found.append((f"{layer}/router", module.lily_router["default"].weight))
    loss.backward()
    for name, parameter in found:
        assert name not in tensors or torch.equal(tensors[name], parameter)
        tensors[name] = parameter
        tensors[f"grad/{name}"] = parameter.grad
    save_file({name: t.detach().float().contiguous().clone() for name, t in tensors.items()}, folder / "expected.safetensors")


main()
