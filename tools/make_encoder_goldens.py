"""Golden values of tiny encoders of BERT's families, as classifiers of transformers, alone and with CoLA adapters, by HF transformers.

    python tools/make_encoder_goldens.py [family ...] [folder]

writes into cola-core/src/test/resources/goldens/encoder (or `folder`, a path with a slash), for each family

    <family>/model/                  a random ...ForSequenceClassification of three classes as Hugging Face publishes
                                     it, with the family's own tokenizer
    <family>/expected.json           texts and pairs, the tokens that transformers' tokenizer gives them (ids, and
                                     typeIds where the model takes them), and their embeddings: the last hidden
                                     states' mean, that of the first token (cls) and of the last, and what the
                                     classifier's last linear layer gets (head)
    <family>/cola-<pooling>.*        as make_bert_goldens.py writes them: factors, head, logits, gradients, ten
                                     steps of AdamW; "mean" with heuristic pairs, "head" with full ones

What is special of a family's files:

    roberta      segments: one; byte-level BPE; the position table has two entries more than positions
    xlm-roberta  Unigram; float16 weights in two shards
    camembert    Unigram; bfloat16 weights
    distilbert   WordPiece; the tokenizer knows segments, which the model does not take
    bert         WordPiece; one block, and the pooler
    electra      WordPiece; embeddings of 16 features
    albert       Unigram; three layers in two groups, of which the first is computed twice; GELU by tanh
    mpnet        WordPiece; the position table has two entries more than positions
    modernbert   byte-level BPE; four blocks, two of them local; no biases; a padded vocabulary; the keys of
                 config.json that published checkpoints have
    modernbert-biases  two blocks with all biases, block kinds and rotations by the newer keys, the mean under the
                 classifier, and bfloat16 weights
    deberta-v2   Unigram; as version 3: distances in buckets, normalised, projected by the layers of keys and
                 queries; no positions, no segments; float16 weights
    deberta-v2-separate  layers of their own for distances, which have no buckets; positions and segments
    deberta-v2-p2c  of the terms with distances that of keys alone

Every stored input is rounded to its type first; everything after is computed from the rounded numbers in float64,
one sequence at a time (no padding), with eager attention. That of ModernBERT rounds to float32 within, and so does its
rotation: PyTorch's own attention and a rotation without rounding stand for them. Two runs write the same bytes. Versions are in
tools/requirements.txt.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import transformers
from golden_parts import adapt, gaussian, write_json
from make_bert_goldens import SENTENCES, make_tokenizer
from make_decoder_goldens import merge
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.models.modernbert import modeling_modernbert

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/encoder"
EXAMPLES = [  # text, pair or None, class
    ("The court held that the contract was void.", None, 0),
    ("Is the seller bound by the contract?", "The court says so.", 2),
    ("A patient <pad> with fever", None, 1),  # RoBERTa gives the padding its own position
    ("rates", "The bank raised its lending rate by half a point, and the shares fell.", 1),
]
CLASSES = 3
RANK = 2
SCALING = 2.0
STEPS = 10
CASES = {  # pooling: (M, N, pairs (i, j) of A_i with B_j)
    "mean": (2, 3, [(0, 0), (1, 1), (0, 2)]),
    "head": (2, 1, [(0, 0), (1, 0)]),
}
SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 40}
POSITIONS = 64


def pieces(count):
    """Characters, then the words of SENTENCES that save most of them, each with its share as SentencePiece has it."""
    words = Counter(word for sentence in SENTENCES for word in sentence.split())
    characters = sorted(set("".join(words)) | {"\u2581"})
    longer = sorted(words, key=lambda word: (-words[word] * len(word), word))
    chosen = characters + ["\u2581" + word for word in longer][: count - len(characters)]
    return [(piece, round(-8.0 + 0.5 * len(piece), 2)) for piece in chosen]


def byte_level(special, count):
    """All bytes and the merges that are most frequent in SENTENCES, ties by the alphabet."""
    level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = Counter(tuple(word) for word, _ in level.pre_tokenize_str(" ".join(SENTENCES)))
    found = special + sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = []
    while len(found) < count:
        pairs = Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        found.append(best[0] + best[1])
        words = Counter({merge(word, best): times for word, times in words.items()})
    return {piece: i for i, piece in enumerate(found)}, merges


def roberta():
    vocabulary, merges = byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"], 300)
    tokenizer = transformers.RobertaTokenizer(vocab=vocabulary, merges=merges)
    return tokenizer, transformers.RobertaConfig(**SIZES, max_position_embeddings=POSITIONS + 2, type_vocab_size=1)


def xlm_roberta():
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces(150), ("<mask>", 0.0)]
    tokenizer = transformers.XLMRobertaTokenizer(vocab=vocabulary)
    sizes = SIZES | {"max_position_embeddings": POSITIONS + 2, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
    return tokenizer, transformers.XLMRobertaConfig(**sizes)


def camembert():
    special = ["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED", "<s>", "</s>"]
    vocabulary = [*((piece, 0.0) for piece in special), *pieces(150), ("<mask>", 0.0)]
    tokenizer = transformers.CamembertTokenizer(vocab=vocabulary)
    sizes = SIZES | {"num_hidden_layers": 1, "max_position_embeddings": POSITIONS + 2, "type_vocab_size": 1}
    ids = {"bos_token_id": 5, "eos_token_id": 6}
    return tokenizer, transformers.CamembertConfig(**sizes, **ids, layer_norm_eps=1e-5)


def word_pieces():
    vocabulary = make_tokenizer().get_vocab()
    return dict(sorted(vocabulary.items(), key=lambda entry: entry[1]))


def distilbert():
    config = transformers.DistilBertConfig(
        dim=24, n_layers=2, n_heads=4, hidden_dim=40, max_position_embeddings=POSITIONS, sinusoidal_pos_embds=True
    )
    return transformers.DistilBertTokenizer(vocab=word_pieces()), config


def electra():
    config = transformers.ElectraConfig(**SIZES, embedding_size=16, max_position_embeddings=POSITIONS)
    return transformers.BertTokenizer(vocab=word_pieces()), config


def albert():
    special = [("<pad>", 0.0), ("<unk>", 0.0), ("[CLS]", 0.0), ("[SEP]", 0.0), ("[MASK]", 0.0)]
    vocabulary = [*special, *((piece.lower(), score) for piece, score in pieces(150))]
    vocabulary = list(dict(vocabulary).items())  # once each
    sizes = SIZES | {"num_hidden_layers": 3, "num_hidden_groups": 2, "embedding_size": 16}
    tokenizer = transformers.AlbertTokenizer(vocab=vocabulary)
    return tokenizer, transformers.AlbertConfig(**sizes, max_position_embeddings=POSITIONS)


def mpnet():
    special = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"]
    words = [piece for piece in word_pieces() if not piece.startswith("[")]
    vocabulary = {piece: i for i, piece in enumerate(special + words)}
    config = transformers.MPNetConfig(**SIZES, max_position_embeddings=POSITIONS + 2)
    return transformers.MPNetTokenizer(vocab=vocabulary), config


def bert():
    config = transformers.BertConfig(**SIZES | {"num_hidden_layers": 1}, max_position_embeddings=POSITIONS)
    return transformers.BertTokenizer(vocab=word_pieces()), config


def modernbert(**options):
    special = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary, merges = byte_level(special, 300)
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    inputs = ["input_ids", "attention_mask"]
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, mask_token="[MASK]", model_input_names=inputs, **names
    )
    sizes = SIZES | {"num_hidden_layers": 4, "max_position_embeddings": POSITIONS, "local_attention": 8}
    ids = {"pad_token_id": 1, "bos_token_id": 2, "cls_token_id": 2, "sep_token_id": 3, "eos_token_id": 3}
    return tokenizer, transformers.ModernBertConfig(**{"rope_parameters": rotations(40.0, 20.0)} | sizes | ids | options)


def rotations(full, sliding):
    """Of bases whose frequencies are the same, rounded once or twice to float32, with heads of 6 features."""
    thetas = {"full_attention": full, "sliding_attention": sliding}
    return {kind: {"rope_type": "default", "rope_theta": theta} for kind, theta in thetas.items()}


def modernbert_biases():
    biases = {f"{what}_bias": True for what in ("attention", "mlp", "norm", "classifier")}
    kinds = ["sliding_attention", "full_attention"]
    return modernbert(
        **biases,
        num_hidden_layers=2,
        layer_types=kinds,
        rope_parameters=rotations(20.0, 40.0),
        local_attention=5,
        classifier_pooling="mean",
    )


def older_keys(folder):
    """The configuration as checkpoints of transformers 4 have it."""
    config = json.loads((folder / "config.json").read_text())
    by_kind = config.pop("rope_parameters")
    config |= {
        "global_rope_theta": by_kind["full_attention"]["rope_theta"],
        "local_rope_theta": by_kind["sliding_attention"]["rope_theta"],
        "global_attn_every_n_layers": 3,
        "position_embedding_type": "absolute",
    }
    del config["layer_types"]
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def deberta(**options):
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    vocabulary = [*((piece, 0.0) for piece in special), *pieces(150), ("[MASK]", 0.0)]
    relative = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "max_position_embeddings": POSITIONS}
    return transformers.DebertaV2Tokenizer(vocab=vocabulary), transformers.DebertaV2Config(**SIZES | relative | options)


def deberta_3(**options):
    buckets = {"position_buckets": 16, "share_att_key": True, "norm_rel_ebd": "layer_norm"}
    return deberta(**buckets | {"position_biased_input": False} | options)


def deberta_separate():
    return deberta(num_hidden_layers=1, max_relative_positions=12, type_vocab_size=2)


def deberta_p2c():
    return deberta_3(num_hidden_layers=1, pos_att_type="p2c")


BERT_TARGETS = ("query", "key", "value", "dense")
DEBERTA_TARGETS = ("query_proj", "key_proj", "value_proj", "dense")
FAMILIES = {  # name: (tokenizer and configuration, linear layers, type, bytes of a shard)
    "roberta": (roberta, BERT_TARGETS, torch.float32, "1MB"),
    "xlm-roberta": (xlm_roberta, BERT_TARGETS, torch.float16, "20KB"),
    "camembert": (camembert, BERT_TARGETS, torch.bfloat16, "1MB"),
    "distilbert": (distilbert, ("q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"), torch.float32, "1MB"),
    "electra": (electra, (*BERT_TARGETS, "embeddings_project"), torch.float32, "1MB"),
    "albert": (
        albert,
        ("query", "key", "value", "dense", "ffn", "ffn_output", "embedding_hidden_mapping_in"),
        torch.float32,
        "1MB",
    ),
    "bert": (bert, BERT_TARGETS, torch.float32, "1MB"),
    "mpnet": (mpnet, (".q", ".k", ".v", ".o", "dense"), torch.float32, "1MB"),
    "modernbert": (modernbert, ("Wqkv", "Wo", "Wi"), torch.float32, "1MB"),
    "modernbert-biases": (modernbert_biases, ("Wqkv", "Wo", "Wi"), torch.bfloat16, "1MB"),
    "deberta-v2": (deberta_3, DEBERTA_TARGETS, torch.float16, "1MB"),
    "deberta-v2-separate": (deberta_separate, DEBERTA_TARGETS, torch.float32, "1MB"),
    "deberta-v2-p2c": (deberta_p2c, DEBERTA_TARGETS, torch.float32, "1MB"),
}
PADDING = {"modernbert": 12}  # entries of the vocabulary that no token has


def rotated(query, key, cos, sin, unsqueeze_dim=1):
    """As transformers rotates, in the precision of its input."""
    cos, sin = cos.unsqueeze(unsqueeze_dim), sin.unsqueeze(unsqueeze_dim)
    return tuple(x * cos + modeling_modernbert.rotate_half(x) * sin for x in (query, key))


def write_model(folder, config, dtype, shard, random):
    """Random weights large enough that attention, GELU and normalisation all matter."""
    config.num_labels = CLASSES
    model = AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1 and name.endswith("weight"):  # of a normalisation
                values = 1 + 0.2 * random.standard_normal(parameter.shape)
            else:
                values = (0.1 if name.endswith("bias") else 0.3) * random.standard_normal(parameter.shape)
            parameter.copy_(torch.from_numpy(values))
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)


def load_model(folder):
    attention = "sdpa" if folder.parent.name.startswith("modernbert") else "eager"
    options = {"attn_implementation": attention, "dtype": torch.float32}
    return AutoModelForSequenceClassification.from_pretrained(folder, **options).double().eval()


def last_linear(model):
    return [module for module in model.classifier.modules() if isinstance(module, nn.Linear)][-1]


def embeddings(model, inputs):
    """One text's embedding by each pooling."""
    seen = []
    hook = last_linear(model).register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0][0]))
    hidden = model(**inputs, output_hidden_states=True).hidden_states[-1][0]
    hook.remove()
    return {"mean": hidden.mean(dim=0), "cls": hidden[0], "last": hidden[-1], "head": seen[0]}


def make_case(folder, pooling, model, targets, inputs, labels, random, embeddings=embeddings):
    m, n, pairs = CASES[pooling]
    model.requires_grad_(False)
    pooler = getattr(model.base_model, "pooler", None)
    model.base_model.pooler = None  # frozen: adapters are below
    adapted = adapt(model.base_model, targets, m, n, pairs, RANK, SCALING, random)
    model.base_model.pooler = pooler
    head = nn.Linear(model.config.hidden_size, CLASSES, dtype=torch.float64)
    with torch.no_grad():
        head.weight.copy_(gaussian(random, 0.3, *head.weight.shape))
        head.bias.copy_(gaussian(random, 0.3, *head.bias.shape))
    tensors = {"head.weight": head.weight, "head.bias": head.bias}
    for name, layer in adapted.items():
        tensors |= {f"{name}/{key}": factor for key, factor in layer.tensors().items()}
    trained = {key: tensor for key, tensor in tensors.items() if tensor.requires_grad}

    def forward():
        logits = head(torch.stack([embeddings(model, each)[pooling] for each in inputs]))
        return logits, nn.functional.cross_entropy(logits, labels)

    logits, loss = forward()
    gradients = torch.autograd.grad(loss, list(trained.values()))
    stored = tensors | {"logits": logits} | {f"grad/{key}": g for key, g in zip(trained, gradients)}
    stored = {key: tensor.detach().float().clone() for key, tensor in stored.items()}
    save_file(stored, folder / f"cola-{pooling}.safetensors", metadata={"format": "pt"})

    optimizer = torch.optim.AdamW(trained.values(), lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        _, step_loss = forward()
        step_loss.backward()
        nn.utils.clip_grad_norm_(trained.values(), 1.0)
        losses.append(step_loss.item())
        optimizer.step()
    write_json(
        folder / f"cola-{pooling}.json",
        {
            "pairs": pairs,
            "scaling": SCALING,
            "labels": labels.tolist(),
            "loss": loss.item(),
            "losses": losses,  # before each step
            "sumOfSquares": sum(t.square().sum().item() for t in trained.values()),  # after the last step
        },
    )


def make(folder, name, seed):
    describe, targets, dtype, shard = FAMILIES[name]
    (folder / "model").mkdir(parents=True, exist_ok=True)
    tokenizer, config = describe()
    tokenizer.save_pretrained(folder / "model")
    config.vocab_size = len(tokenizer) + PADDING.get(name, 0)
    write_model(folder / "model", config, dtype, shard, np.random.default_rng(seed))
    if name == "modernbert":
        older_keys(folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")  # what was written
    model = load_model(folder / "model")
    # ALBERT was trained with segments; transformers 4 gives them, the tokenizer of 5 only if it is asked to
    options = {"return_token_type_ids": True} if name == "albert" else {}
    inputs = [tokenizer(text, pair, return_tensors="pt", **options) for text, pair, _ in EXAMPLES]
    rows = []
    with torch.no_grad():
        for (text, pair, _), each in zip(EXAMPLES, inputs):
            row = {"text": text, "pair": pair, "ids": each["input_ids"][0].tolist()}
            if "token_type_ids" in each:
                row["typeIds"] = each["token_type_ids"][0].tolist()
            rows.append(row | {key: value.tolist() for key, value in embeddings(model, each).items()})
    write_json(folder / "expected.json", rows)
    for number, pooling in enumerate(CASES, start=1):
        random = np.random.default_rng(1000 * seed + number)
        labels = torch.tensor([label for _, _, label in EXAMPLES])
        make_case(folder, pooling, load_model(folder / "model"), targets, inputs, labels, random)


def main():
    torch.set_num_threads(1)  # one order of summation
    modeling_modernbert.apply_rotary_pos_emb = rotated
    arguments = sys.argv[1:]
    folder = Path(arguments.pop()) if arguments and "/" in arguments[-1] else FOLDER
    for seed, name in enumerate(FAMILIES, start=1):
        if not arguments or name in arguments:
            make(folder / name, name, seed)


if __name__ == "__main__":
    main()
