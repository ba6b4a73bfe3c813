"""The tiny decoders of make_decoder_goldens.py: one function a model, which says what is particular about it."""

from dataclasses import dataclass, field

import torch
from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    GraniteConfig,
    LlamaConfig,
    MistralConfig,
    Olmo2Config,
    Phi3Config,
    PreTrainedConfig,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
    StableLmConfig,
    Starcoder2Config,
)

VOCABULARY = 300

CHAT = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] | trim"
    " + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
INSTRUCT = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content']"
    " + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token }}{% else %}"
    "{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)
HEADERS = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content']"
    " + eos_token + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
IM = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
IM_NAMES = {"eos_token": IM[2], "pad_token": IM[0], "chat_template": CHAT}
IM_IDS = {"bos_token_id": 297, "eos_token_id": 299, "pad_token_id": 297}


@dataclass
class Family:
    """A tiny model and how its goldens are made; what the first three are made with is not the default."""

    config: PreTrainedConfig
    special: list = field(default_factory=lambda: IM)
    names: dict = field(default_factory=lambda: IM_NAMES)
    special_first: bool = False
    lengths: tuple = (1, 6, 11, 19)
    cases: tuple = ("heuristic",)
    rank: int = 2
    generated: int = 30
    dtype: torch.dtype = torch.float32
    shards: int = 1
    shard_size: str = "1MB"
    norm_gain: float = 1.0  # the mean of the norms' weights
    older: dict | None = None  # the file's keys as transformers 4 wrote them, and what else it said then
    newer: dict = field(default_factory=dict)  # keys that the file is to have besides


FIRST = {"cases": ("full", "heuristic"), "rank": 4, "generated": 12}


def llama():
    """Grouped queries, Llama-3 rope scaling, a tied head, two shards."""
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=48,
        intermediate_size=80,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        rms_norm_eps=1e-5,
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 1000.0,
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 32,
        },
        tie_word_embeddings=True,
        bos_token_id=297,
        eos_token_id=298,
        pad_token_id=None,
    )
    names = {"bos_token": special[0], "eos_token": special[1], "chat_template": HEADERS}
    return Family(
        config, special, names, lengths=(1, 7, 23, 41), shards=2, shard_size="200KB", older={}, **FIRST
    )


def qwen2():
    """Biases on q, k and v; an untied head; a window that is switched off."""
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=48,
        intermediate_size=72,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=128,
        rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        use_sliding_window=False,
        tie_word_embeddings=False,
        **IM_IDS,
    )
    older = {"sliding_window": 4, "max_window_layers": 2, "layer_types": None, "head_dim": None}
    return Family(config, lengths=(1, 7, 23, 30), older=older, **FIRST)


def mistral():
    """A window; heads wider than their share; bfloat16; the begin token first in the vocabulary."""
    config = MistralConfig(
        vocab_size=VOCABULARY,
        hidden_size=40,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=24,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        sliding_window=5,
        tie_word_embeddings=False,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=None,
    )
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "chat_template": INSTRUCT}
    return Family(
        config,
        ["<unk>", "<s>", "</s>"],
        names,
        special_first=True,
        lengths=(1, 5, 7, 23),
        dtype=torch.bfloat16,
        **FIRST,
    )


def qwen3():
    """Norms of each head of queries and keys; heads wider than their share; tied; float16; no biases."""
    config = Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=28,
        intermediate_size=44,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=10,
        max_position_embeddings=128,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        tie_word_embeddings=True,
        **IM_IDS,
    )
    return Family(config, dtype=torch.float16, older={"sliding_window": None, "max_window_layers": 2})


def phi3():
    """Fused modules; six features of twelve turn; a window; bfloat16; untied."""
    config = Phi3Config(
        vocab_size=VOCABULARY,
        hidden_size=36,
        intermediate_size=44,
        num_hidden_layers=2,
        num_attention_heads=3,
        num_key_value_heads=1,
        max_position_embeddings=128,
        original_max_position_embeddings=128,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5},
        sliding_window=6,
        **IM_IDS,
    )
    return Family(config, dtype=torch.bfloat16)


def phi3_longrope():
    """LongRoPE with texts on both sides of the first training's length, and text that grows beyond it."""
    divisors = {"short_factor": [1.0, 1.25, 1.5, 2.0], "long_factor": [1.0, 3.0, 7.5, 11.0]}
    config = Phi3Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        original_max_position_embeddings=16,
        rope_parameters={"rope_type": "longrope", "rope_theta": 10000.0, **divisors},
        tie_word_embeddings=True,
        **IM_IDS,
    )
    return Family(config, older={"partial_rotary_factor": 1.0})


def smollm3():
    """The second and the fourth block have no positions, and a window; a padded vocabulary; three shards."""
    config = SmolLM3Config(
        vocab_size=304,
        hidden_size=28,
        intermediate_size=36,
        num_hidden_layers=4,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=128,
        rope_parameters={"rope_type": "default", "rope_theta": 2000000.0},
        no_rope_layer_interval=2,
        use_sliding_window=True,
        sliding_window=7,
        **IM_IDS,
    )
    return Family(config, shards=3, shard_size="60KB")


def granite():
    """All four multipliers; biases; RoPE of type dynamic, which changes nothing up to max_position_embeddings."""
    config = GraniteConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=44,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        rope_parameters={"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0},
        attention_bias=True,
        mlp_bias=True,
        tie_word_embeddings=True,
        embedding_multiplier=3.0,
        attention_multiplier=0.2,
        residual_multiplier=0.4,
        logits_scaling=2.5,
        **IM_IDS,
    )
    return Family(config)


def olmo2():
    """Norms after the halves, and of all queries and keys of a token; YaRN; untied."""
    config = Olmo2Config(
        vocab_size=VOCABULARY,
        hidden_size=36,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=3,
        num_key_value_heads=1,
        max_position_embeddings=128,
        rope_parameters={
            "rope_type": "yarn",
            "rope_theta": 100.0,
            "factor": 4.0,
            "beta_fast": 4.0,
            "original_max_position_embeddings": 32,
        },
        **IM_IDS,
    )
    return Family(config, dtype=torch.bfloat16)


def gemma2():
    """Capped scores and logits, gains of 1 + w around the halves, GeGLU, every second layer with a window."""
    config = Gemma2Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=44,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=10,
        max_position_embeddings=128,
        query_pre_attn_scalar=6,
        sliding_window=5,
        attn_logit_softcapping=0.5,  # of tiny weights, so that they bend
        final_logit_softcapping=1.5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        tie_word_embeddings=False,  # or greedy text would repeat one token
        **IM_IDS,
    )
    return Family(config, norm_gain=0.0)


def gemma3_text():
    """Gains of 1 + w around the halves, GeGLU, scaled embeddings, windows, and a rotation for each kind of layer."""
    config = Gemma3TextConfig(
        vocab_size=VOCABULARY,
        hidden_size=30,
        intermediate_size=44,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=14,
        max_position_embeddings=128,
        query_pre_attn_scalar=20,
        sliding_window=6,
        layer_types=["sliding_attention", "sliding_attention", "full_attention"],
        rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
        },
        tie_word_embeddings=False,  # or greedy text would repeat one token
        **IM_IDS,
    )
    return Family(config, dtype=torch.bfloat16, norm_gain=0.0)


def stablelm():
    """Layer norms; four features of sixteen turn; biases on q, k and v; bfloat16; untied."""
    config = StableLmConfig(
        vocab_size=VOCABULARY,
        hidden_size=48,
        intermediate_size=44,
        num_hidden_layers=2,
        num_attention_heads=3,
        num_key_value_heads=1,
        max_position_embeddings=128,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.25},
        use_qkv_bias=True,
        **IM_IDS,
    )
    return Family(config, dtype=torch.bfloat16)


def starcoder2():
    """Layer norms; biases everywhere; a feed-forward without a gate; a window; tied."""
    config = Starcoder2Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=56,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        sliding_window=6,
        **IM_IDS,
    )
    return Family(config, older={})


ALL = (
    llama,
    qwen2,
    mistral,
    qwen3,
    phi3,
    phi3_longrope,
    smollm3,
    granite,
    olmo2,
    gemma3_text,
    gemma2,
    stablelm,
    starcoder2,
)
MODELS = {family.__name__.replace("_longrope", "-longrope"): family for family in ALL}
