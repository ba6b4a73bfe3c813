"""Golden values of matrices quantised by bitsandbytes, on the CPU.

    python tools/make_quantized_golden.py [folder]

writes into cola-core/src/test/resources/goldens/quantized (or `folder`)

    expected.safetensors   of the matrices small [9, 17] and wide [130, 130]:

        <case>.nf4.weight and what a Linear4bit stores with it (absmax, quant_map, nested_absmax, nested_quant_map,
                          quant_state.bitsandbytes__nf4), with double quantisation
        <case>.nf4.decoded                float32; of wide the last three rows alone
        <case>.plain.weight, .absmax, .quant_map, .quant_state.bitsandbytes__nf4, .decoded
                                          the same without double quantisation (small alone)
        <case>.int8.weight, <case>.int8.SCB, <case>.int8.decoded   (wide alone)

    starts.safetensors   of the matrix wide, by PEFT's decomposition and bitsandbytes, for LoftQ (as in PEFT's loftq_init, but
                          with double quantisation) and QPiSSA of rank 8, with nf4 and int8:

        <start>.<type>.errors     |W - Q - L R| / |W| after 1, 2 and 5 iterations
        <start>.<type>.product    the last three rows of L R after 1 iteration
        <start>.<type>.decoded    the last three rows of Q after 1 iteration

    bert-nf4/, mistral-int8/    the tiny BERT and Mistral of the other goldens, quantised and saved by transformers with
                          bitsandbytes, with their tokenizers
    logits.safetensors    what transformers computes with them, dequantised, in float32, for the ids
                          1 5 9 30 40 7: bert-nf4 the last hidden state [6, d], mistral-int8 the logits [6, vocabulary]

The matrices themselves are not stored: element i (row by row) is

    h = i * 2654435761 + 12345; h ^= h >> 15; h *= 2246822519; h ^= h >> 13      (32 bits, unsigned)
    x = ((h >> 8) / 2^24 - 1/2) * 2^-(b mod 5)                                   (b = i div 64)

and 0 in block 1 of small. All of it is exact in float32. Versions are in tools/requirements.txt.
"""

import shutil
import sys
from pathlib import Path

import bitsandbytes.functional as F
import numpy as np
import torch
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from bitsandbytes.nn import Linear4bit, Linear8bitLt
from peft.utils.loftq_utils import _low_rank_decomposition
from safetensors.torch import save_file
from transformers import AutoModel, AutoModelForCausalLM, BitsAndBytesConfig


def matrix(out, width):
    i = np.arange(out * width, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (i * np.uint64(2654435761) + np.uint64(12345)) & mask
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & mask
    h ^= h >> np.uint64(13)
    x = ((h >> np.uint64(8)).astype(np.float64) / 2**24 - 0.5) * 2.0 ** -((i // np.uint64(64)) % np.uint64(5)).astype(np.float64)
    return torch.from_numpy(x.astype(np.float32).reshape(out, width))


def dequantized(module):
    if isinstance(module, Linear8bitLt):
        return F.int8_vectorwise_dequant(module.weight.data, module.weight.SCB)
    return decoded_nf4(module.weight.data, module.weight.quant_state)


def decoded_nf4(codes, state):
    """By PyTorch: the CPU kernel of bitsandbytes 0.50.2 is wrong for even widths such as 32, 48 and 96."""
    absmax = state.absmax
    if state.nested:
        absmax = F.dequantize_blockwise(absmax, state.state2) + state.offset
    return _dequantize_4bit_compute(codes.reshape(-1), absmax, state.code, state.blocksize, state.shape, torch.float32)


def start(kind, weight, dequantise, iterations, rank=8):
    """Q and L R."""

    def leading(matrix):
        parts = _low_rank_decomposition(matrix, reduced_rank=rank)
        return parts["L"] @ parts["R"]

    low = leading(weight) if kind == "qpissa" else torch.zeros_like(weight)
    for i in range(iterations):
        decoded = dequantise(weight - low)
        if kind == "loftq" or i + 1 < iterations:
            low = leading(weight - decoded)
    return decoded, low


def starts(weight):
    def nf4(matrix):
        return decoded_nf4(*F.quantize_4bit(matrix, compress_statistics=True, quant_type="nf4"))

    def int8(matrix):
        integers, scales, _ = F.int8_vectorwise_quant(matrix)
        return F.int8_vectorwise_dequant(integers, scales)

    tensors = {}
    for kind in ("loftq", "qpissa"):
        for name, dequantise in (("nf4", nf4), ("int8", int8)):
            errors = []
            for iterations in (1, 2, 5):
                decoded, low = start(kind, weight, dequantise, iterations)
                errors.append((torch.linalg.norm(weight - decoded - low) / torch.linalg.norm(weight)).item())
                if iterations == 1:
                    tensors[f"{kind}.{name}.product"] = low[-3:].contiguous()
                    tensors[f"{kind}.{name}.decoded"] = decoded[-3:].contiguous()
            tensors[f"{kind}.{name}.errors"] = torch.tensor(errors)
    return tensors


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "cola-core/src/test/resources/goldens/quantized"
    folder.mkdir(parents=True, exist_ok=True)
    small = matrix(9, 17)
    small.view(-1)[64:128] = 0
    wide = matrix(130, 130)
    tensors = {}

    def nf4(name, weight, double, decoded):
        codes, state = F.quantize_4bit(weight, compress_statistics=double, quant_type="nf4")
        tensors[f"{name}.weight"] = codes
        for key, value in state.as_dict(packed=True).items():
            tensors[f"{name}.weight.{key}"] = value.clone()
        tensors[f"{name}.decoded"] = decoded_nf4(codes, state)[decoded].contiguous()

    nf4("small.nf4", small, True, slice(None))
    nf4("small.plain", small, False, slice(None))
    nf4("wide.nf4", wide, True, slice(-3, None))
    integers, scales, _ = F.int8_vectorwise_quant(wide)
    tensors["wide.int8.weight"] = integers
    tensors["wide.int8.SCB"] = scales
    tensors["wide.int8.decoded"] = F.int8_vectorwise_dequant(integers, scales)[-3:].contiguous()
    save_file(tensors, folder / "expected.safetensors")
    save_file(starts(wide), folder / "starts.safetensors")

    goldens = Path(__file__).parent.parent / "cola-core/src/test/resources/goldens"
    nf4_config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True)
    int8_config = BitsAndBytesConfig(load_in_8bit=True)
    logits = {}
    for name, model, auto, config, options in (
        ("bert-nf4", goldens / "bert/model", AutoModel, nf4_config, {"add_pooling_layer": False}),
        ("mistral-int8", goldens / "decoder/mistral/model", AutoModelForCausalLM, int8_config, {}),
    ):
        quantized = auto.from_pretrained(model, quantization_config=config, dtype=torch.float32, **options).eval()
        quantized.save_pretrained(folder / name)
        shutil.copy(model / "tokenizer.json", folder / name)
        for path, module in list(quantized.named_modules()):
            if isinstance(module, (Linear4bit, Linear8bitLt)):
                plain = torch.nn.Linear(module.in_features, module.out_features, module.bias is not None)
                plain.weight = torch.nn.Parameter(dequantized(module))
                plain.bias = module.bias
                quantized.set_submodule(path, plain)
        with torch.no_grad():
            ids = torch.tensor([[1, 5, 9, 30, 40, 7]])
            logits[name] = quantized(input_ids=ids)[0][0].contiguous()
    save_file(logits, folder / "logits.safetensors")


main()
