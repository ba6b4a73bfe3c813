"""How near each architecture comes to the machine's best product, beside BERT and Llama.

    python tools/bench_architectures.py ENCODER DECODER DATA.json [--only bert,vit,...] [--runs N]

makes random models of one size by transformers, encoders with the tokenizer of ENCODER and decoders with that of
DECODER (folders as Hugging Face publishes them), measures each with `bin/cola bench encoder` or `bench sft`, one after
the other and all of them N times, and prints a table: tokens a second, the share of the best product of the same run,
and that share over that of BERT or Llama of the same round. DATA.json is what `bench sft` takes.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

ROOT = Path(__file__).parents[1]
BASE = {"hidden_size": 768, "num_hidden_layers": 3, "num_attention_heads": 12, "intermediate_size": 3072}
SMALL = {"hidden_size": 576, "num_hidden_layers": 6, "num_attention_heads": 9, "intermediate_size": 1536}
GROUPED = SMALL | {"num_key_value_heads": 3}
DISENTANGLED = {
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_buckets": 256,
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
    "position_biased_input": False,
    "type_vocab_size": 0,
}
ENCODERS = {
    "bert": ("BertConfig", BASE),
    "roberta": ("RobertaConfig", BASE | {"max_position_embeddings": 514}),
    "xlm-roberta": ("XLMRobertaConfig", BASE | {"max_position_embeddings": 514}),
    "camembert": ("CamembertConfig", BASE | {"max_position_embeddings": 514}),
    "distilbert": ("DistilBertConfig", {"dim": 768, "n_layers": 3, "n_heads": 12, "hidden_dim": 3072}),
    "electra": ("ElectraConfig", BASE | {"embedding_size": 768}),
    "albert": ("AlbertConfig", BASE | {"embedding_size": 128}),
    "mpnet": ("MPNetConfig", BASE | {"max_position_embeddings": 514}),
    "modernbert": ("ModernBertConfig", BASE | {"intermediate_size": 1152}),
    "deberta-v2": ("DebertaV2Config", BASE | DISENTANGLED),
    "vit": ("ViTConfig", BASE | {"image_size": 224, "patch_size": 32}),
}
DECODERS = {
    "llama": ("LlamaConfig", GROUPED),
    "mistral": ("MistralConfig", GROUPED),
    "qwen2": ("Qwen2Config", GROUPED),
    "qwen3": ("Qwen3Config", GROUPED | {"head_dim": 64}),
    "gemma2": ("Gemma2Config", GROUPED | {"head_dim": 64, "query_pre_attn_scalar": 64}),
    "gemma3_text": ("Gemma3TextConfig", GROUPED | {"head_dim": 64, "query_pre_attn_scalar": 64}),
    "phi3": ("Phi3Config", GROUPED),
    "smollm3": ("SmolLM3Config", GROUPED),
    "granite": ("GraniteConfig", GROUPED),
    "olmo2": ("Olmo2Config", GROUPED),
    "stablelm": ("StableLmConfig", GROUPED),
    "starcoder2": ("Starcoder2Config", GROUPED | {"intermediate_size": 2304}),
}
IDS = {"pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0}


def make(folder, name, tokenizer):
    """A random model with a tokenizer's files."""
    kind, options = (ENCODERS | DECODERS)[name]
    vocabulary = {"vocab_size": len(transformers.AutoTokenizer.from_pretrained(tokenizer))} if name != "vit" else {}
    ids = IDS if name in DECODERS else IDS | {"cls_token_id": 0, "sep_token_id": 0} if name == "modernbert" else {}
    torch.manual_seed(1)
    config = getattr(transformers, kind)(**options, **vocabulary, **ids)
    if name == "vit":
        model = transformers.ViTForImageClassification(config)
        processor = {"do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "do_rescale": True}
        processor |= {"do_resize": True, "resample": 2, "size": {"height": config.image_size, "width": config.image_size}}
        (folder / "preprocessor_config.json").write_text(json.dumps(processor | {"image_processor_type": "ViTImageProcessor"}))
    else:
        head = AutoModelForCausalLM if name in DECODERS else AutoModelForSequenceClassification
        model = head.from_config(config)
        for file in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            if (tokenizer / file).exists():
                shutil.copy(tokenizer / file, folder)
    model.to(torch.float32).save_pretrained(folder)


def measure(folder, name, data):
    """Tokens a second, and the share of the best product."""
    if name in ENCODERS:
        tokens = {"vit": 32}.get(name, 64)
        command = ["encoder", "--model", folder, "--batch", tokens, "--examples", 64, "--rounds", 3]
    else:
        command = ["sft", folder, data, "--samples", 24]
    command = [ROOT / "bin/cola", "bench", *command, "--json"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{name}: {done.stderr[-2000:]}")
    result = json.loads(done.stdout)
    if name in DECODERS:
        return result["tokensPerSecond"], result["shareOfPeak"]
    row = result["rows"][0]
    return statistics.median(row["tokensPerSecond"]["values"]), row["share"]


def main():
    transformers.utils.logging.disable_progress_bar()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("decoder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default=",".join(ENCODERS | DECODERS))
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    names = options.only.split(",")
    with tempfile.TemporaryDirectory() as temporary:
        for name in names:
            folder = Path(temporary, name)
            folder.mkdir()
            make(folder, name, options.decoder if name in DECODERS else options.encoder)
        measured = {name: [] for name in names}
        for run in range(options.runs):
            for name in names:
                measured[name].append(measure(Path(temporary, name), name, options.data))
                print(run, name, *measured[name][-1], file=sys.stderr, flush=True)
    print("| `model_type` | tokens/s | of the best product | over BERT or Llama |\n|---|---|---|---|")
    for name, runs in measured.items():
        beside = measured.get("llama" if name in DECODERS else "bert", [])
        ratio = "" if not beside else f"{statistics.mean(a[1] / b[1] for a, b in zip(runs, beside)):.2f}"
        speed = " · ".join(f"{tokens:.0f}" for tokens, _ in runs)
        shares = " · ".join(f"{100 * share:.0f} %" for _, share in runs)
        print(f"| `{name}` | {speed} | {shares} | {ratio} |")


if __name__ == "__main__":
    main()
