"""Checks that HF PEFT, transformers and CoLA4J compute the same with the same adapters.

    bin/cola --version                     # builds, if need be
    python tools/check_peft.py

For the tiny random BERT and Llama of the tests, and for every method below:

    export   an adapter with random numbers, made by CoLA4J, is exported, loaded by PeftModel.from_pretrained
             onto the unchanged base, and asked for logits
    merge    the same adapter is merged by CoLA4J, the folder is loaded by transformers alone
    import   an adapter that PEFT itself trained some steps is imported: of several configurations, of every way to
             start one (EVA, CorDA, LoRA-GA, PiSSA, OLoRA; converted where that changes the base), and of all linear
             layers
    pairs    all-minilm-l6-v2 of the class path is merged, and pairs of texts go through transformers' own tokenizer
    images   of Vision Transformers, export, merge and import, by the class's own forward on images from files
    half     an adapter near PiSSA's start is exported and merged as bf16

and prints the largest difference between the logits of CoLA4J and those of the other side; more than 1e-4 fails. In
brackets is what is no such difference: how far the adapter moves the logits, and the share of its change, by the
norm, that bf16 loses of singular vectors (more than 0.4 % fails) and of the factors as trained. Words after the
command choose rows by their first two columns: lora cola qwen3 pairs. The other decoders of the tests have some of
these rows each; the other encoders have export, merge and import by the mean and by the head of transformers' own class.
COLA and COLA_CLASSPATH in the environment replace bin/cola and its class path. Versions: tools/requirements.txt.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from peft import (
    AdaLoraConfig,
    C3AConfig,
    EvaConfig,
    GraloraConfig,
    HiraConfig,
    IA3Config,
    LoraConfig,
    MissConfig,
    OFTConfig,
    PeftModel,
    ShiraConfig,
    VeraConfig,
    get_peft_model,
    initialize_lora_eva_weights,
)
from peft.tuners.lora.config import CordaConfig, LoraGAConfig
from peft.tuners.lora.corda import preprocess_corda
from peft.tuners.lora.loraga import preprocess_loraga
from safetensors.torch import load_file, save_file
from PIL import Image
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    ViTImageProcessorPil,
)

ROOT = Path(__file__).parents[1]
GOLDENS = ROOT / "cola-core/src/test/resources/goldens"
COLA = os.environ.get("COLA", str(ROOT / "bin/cola")).split()
LIBRARIES = ROOT / "cola-examples/target"
CLASSPATH = os.environ.get(
    "COLA_CLASSPATH",
    f"{ROOT}/cola-core/target/test-classes:{ROOT}/cola-core/target/classes:{LIBRARIES}/lib-spark/*:{LIBRARIES}/lib-cluster/*",
)
DECODERS = {folder.name: folder / "model" for folder in sorted((GOLDENS / "decoder").iterdir())}
ENCODERS = {folder.name: folder / "model" for folder in sorted((GOLDENS / "encoder").iterdir()) if folder.name != "bert"}
VITS = {name: ENCODERS.pop(name) for name in ("vit", "vit-patches")}
MODELS = {"bert": GOLDENS / "bert/model", "llama": DECODERS.pop("llama")} | DECODERS | ENCODERS | VITS
SEQUENCES = [[2, 17, 40, 9, 3], [2, 3], [2, 80, 81, 5, 4, 120, 3]]
CLASSES = "law,medicine,finance"  # PeftTool.CLASSES
TOLERANCE = 1e-4
BF16_TOLERANCE = 4e-3
CLASSPATH_MODEL = "classpath:all-minilm-l6-v2"
PAIRS = [
    ["Is the bank open on Sundays?", "No, it closes on Friday evening."],
    ["A river rises.", "The level of the water goes up after the rain in the hills."],
    ["short", "x"],
]
STARTS = ["eva", "corda", "lora_ga", "pissa", "olora"]
EXPORTED = [  # method, pairing
    ("cola", "full"),
    ("cola", "heuristic"),
    ("cola", "random"),
    ("lora", "full"),
    ("rslora", "full"),
    ("pissa", "full"),
    ("dora", "full"),
    ("ia3", "full"),
    ("miss", "full"),
    ("shira", "full"),
    ("hira", "full"),
    ("vera", "full"),
    ("gralora", "full"),
    ("bat", "full"),
    ("c3a", "full"),
    ("oft", "full"),
]
BLOCKS = ["gralora", "bat", "c3a", "oft"]  # whose rank divides what a layer has
TARGETS = {"bert": ["query", "value", "output.dense"], "llama": ["q_proj", "v_proj", "down_proj"]}


def trained_configs(model):
    """Configurations that PEFT trains: ranks and alphas by module, a regular expression, some layers."""
    targets = TARGETS[model]
    first, last = targets[0], targets[-1]
    regex = r".*layer\.1\..*(query|value)" if model == "bert" else r".*layers\.[02]\..*(q_proj|up_proj)"
    everything = ["query", "key", "value", "dense"] if model == "bert" else ["q_proj", "k_proj", "o_proj", "gate_proj"]
    exclude = "pooler.*" if model == "bert" else None
    task = {"task_type": "SEQ_CLS" if model == "bert" else "CAUSAL_LM"}
    patterns = {"rank_pattern": {first: 5}, "alpha_pattern": {last: 3}}
    return {
        "lora": LoraConfig(r=4, lora_alpha=8, target_modules=targets, **patterns, **task),
        "lora-regex": LoraConfig(r=3, lora_alpha=4, target_modules=regex, **task),
        "rslora": LoraConfig(
            r=4,
            lora_alpha=8,
            use_rslora=True,
            target_modules=everything,
            exclude_modules=exclude,
            layers_to_transform=[1],
            **patterns,
            **task,
        ),
        "dora": LoraConfig(r=4, lora_alpha=8, use_dora=True, target_modules=targets, **patterns, **task),
        "adalora": AdaLoraConfig(
            init_r=4, target_r=2, lora_alpha=6, total_step=5, tfinal=2, target_modules=targets, **task
        ),
        "ia3": IA3Config(target_modules=targets, feedforward_modules=[last], **task),
        "miss": MissConfig(r=5, target_modules=targets, **task),
        "hira": HiraConfig(r=3, target_modules=targets, **task),
        "shira": ShiraConfig(r=3, random_seed=0, target_modules=targets, **task),
        "vera": VeraConfig(r=6, target_modules=targets, **task),
        "gralora": GraloraConfig(r=4, alpha=8, target_modules=targets, **task),
        "bat": MissConfig(r=4, init_weights="bat", target_modules=targets, **task),
        "oft": OFTConfig(oft_block_size=8, use_cayley_neumann=False, target_modules=targets, **task),
        "oft-series": OFTConfig(oft_block_size=4, block_share=True, target_modules=targets, **task),
        "c3a": C3AConfig(
            block_size=8, block_size_pattern={first: 4}, init_weights=True, target_modules=targets, **task
        ),
        "lora-all-linear": LoraConfig(r=2, target_modules="all-linear", **task),
    }


def cola(*arguments):
    return run([*COLA, *arguments])


def tool(*arguments):
    java = ["java", "-Xmx1g", "--add-modules", "jdk.incubator.vector", "-cp", CLASSPATH]
    run([*java, "io.github.cola4j.io.PeftTool", *arguments])


def run(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


def cola_logits(model, adapter, folder):
    ids, out = folder / "ids.json", folder / "logits.json"
    ids.write_text(json.dumps(SEQUENCES))
    tool("logits", MODELS[model], adapter, ids, out)
    return torch.tensor(json.loads(out.read_text()))


def base(model):
    kind = AutoModelForSequenceClassification if model == "bert" else AutoModelForCausalLM
    options = {"num_labels": 3} if model == "bert" else {}
    return kind.from_pretrained(MODELS[model], attn_implementation="eager", dtype=torch.float32, **options).eval()


def logits(model, network):
    """As CoLA4J has them: a BERT's head on the mean over the tokens; the next token's after a whole sequence."""
    rows = []
    for ids in SEQUENCES:
        batch = torch.tensor([ids])
        if model == "bert":
            hidden = network.bert(batch).last_hidden_state
            rows.append(network.classifier(hidden.mean(dim=1))[0])
        else:
            rows.append(network(batch).logits[0, -1])
    return torch.stack(rows)


def check_export(model, method, pairing, folder):
    tool("make", MODELS[model], folder / "adapter", method, pairing, "4" if method in BLOCKS else "3")
    expected = cola_logits(model, folder / "adapter", folder)
    cola("export", folder / "adapter", "--output", folder / "peft")
    adapted = PeftModel.from_pretrained(base(model), folder / "peft").eval()
    with torch.no_grad():
        yield "export", logits(model, adapted.base_model.model) - expected
        yield "(moved)", logits(model, base(model)) - expected
        cola("merge", folder / "adapter", "--output", folder / "merged")
        if model == "bert":
            encoder = AutoModel.from_pretrained(folder / "merged", attn_implementation="eager").eval()
            head = load_file(folder / "merged/head.safetensors")
            hidden = [encoder(torch.tensor([ids])).last_hidden_state.mean(dim=1)[0] for ids in SEQUENCES]
            merged = torch.stack(hidden) @ head["head.weight"].T + head["head.bias"]
        else:
            merged = logits(model, AutoModelForCausalLM.from_pretrained(folder / "merged", attn_implementation="eager"))
        yield "merge", merged - expected


def train(model, config):
    """Five steps of PEFT's own."""
    torch.manual_seed(1)
    return fit(model, get_peft_model(base(model), config))


def fit(model, adapted):
    optimizer = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], lr=0.02)
    for step in range(5):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits(model, adapted.base_model.model), torch.tensor([0, 1, 2])).backward()
        optimizer.step()
        if hasattr(adapted.base_model, "update_and_allocate"):  # AdaLoRA's ranks
            adapted.base_model.update_and_allocate(step)
    return adapted.eval()


def check_import(model, config, folder):
    adapted = train(model, config)
    adapted.save_pretrained(folder / "peft")
    with torch.no_grad():
        expected = logits(model, adapted.base_model.model)
    yield "import", imported(model, folder) - expected


def imported(model, folder):
    options = ["--classes", CLASSES, "--head", "MEAN"] if model == "bert" else []
    cola("import", folder / "peft", "--model", MODELS[model], "--task", "t", "--output", folder / "adapter", *options)
    return cola_logits(model, folder / "adapter", folder)


def keep_head(adapted, folder):
    """PEFT 0.21 leaves modules_to_save out of what it converts, and cannot load that itself: the head is added."""
    adapted.save_pretrained(folder / "plain")
    plain = load_file(folder / "plain/adapter_model.safetensors")
    converted = load_file(folder / "peft/adapter_model.safetensors")
    converted |= {name: tensor for name, tensor in plain.items() if ".classifier." in name}
    save_file(converted, folder / "peft/adapter_model.safetensors")


def check_start(model, start, folder):
    """An adapter that begins elsewhere than at zero, saved so that it fits the unchanged base."""
    torch.manual_seed(1)
    network = base(model)
    texts = [torch.randint(5, 100, (1, 24)) for _ in range(16)]
    batches = [{"input_ids": ids, "attention_mask": torch.ones_like(ids)} for ids in texts]
    config = LoraConfig(
        r=4,
        lora_alpha=8,
        target_modules=TARGETS[model],
        init_lora_weights=start,
        task_type="SEQ_CLS" if model == "bert" else "CAUSAL_LM",
    )
    if start == "corda":
        config.corda_config = CordaConfig(corda_method="ipm")
        preprocess_corda(network, config, run_model=lambda: [network(**batch) for batch in batches])
    elif start == "lora_ga":
        config.lora_ga_config = LoraGAConfig()
        preprocess_loraga(network, config, lambda: [logits(model, network).logsumexp(dim=1).sum().backward()])
    elif start == "eva":
        config.eva_config = EvaConfig(use_label_mask=False)
    adapted = get_peft_model(network, config)
    conversion = {}
    if start == "eva":
        initialize_lora_eva_weights(adapted, batches, show_progress_bar=False)
    else:
        adapted.peft_config["default"].init_lora_weights = True
        adapted.save_pretrained(folder / "initial")
        conversion = {"path_initial_model_for_weight_conversion": str(folder / "initial")}
    fit(model, adapted)
    with torch.no_grad():
        expected = logits(model, adapted.base_model.model)
        yield "(moved)", logits(model, base(model)) - expected
    adapted.save_pretrained(folder / "peft", **conversion)
    if model == "bert" and conversion:
        keep_head(adapted, folder)
    yield "import", imported(model, folder) - expected


def check_pairs(model, folder):
    tool("make", model, folder / "adapter", "cola", "full", "3", "kaiming", "0.01")
    cola("merge", folder / "adapter", "--output", folder / "merged")
    pairs, out = folder / "pairs.json", folder / "logits.json"
    pairs.write_text(json.dumps(PAIRS))
    tool("pairs", model, folder / "adapter", pairs, out)
    expected = torch.tensor(json.loads(out.read_text()))
    tokenizer = AutoTokenizer.from_pretrained(folder / "merged")
    encoder = AutoModel.from_pretrained(folder / "merged", attn_implementation="eager").eval()
    head = load_file(folder / "merged/head.safetensors")
    first, second = zip(*PAIRS)
    batch = tokenizer(list(first), list(second), padding=True, truncation=True, max_length=64, return_tensors="pt")
    with torch.no_grad():
        yield "pairs", head_on_mean(encoder, batch, head) - expected
        batch["token_type_ids"][:] = 0
        yield "(no types)", head_on_mean(encoder, batch, head) - expected


def head_on_mean(encoder, batch, head):
    mask = batch["attention_mask"].unsqueeze(-1)
    hidden = (encoder(**batch).last_hidden_state * mask).sum(dim=1) / mask.sum(dim=1)
    return hidden @ head["head.weight"].T + head["head.bias"]


def encoder_logits(network, pooling):
    """By the class's own forward, or by its last linear layer on the mean over the tokens."""
    rows = []
    for ids in SEQUENCES:
        batch = torch.tensor([ids])
        if pooling == "head":
            rows.append(network(batch).logits[0])
        else:
            hidden = network.base_model(batch).last_hidden_state
            rows.append(last_linear(network)(hidden.mean(dim=1))[0])
    return torch.stack(rows)


def last_linear(network):
    return [module for module in network.classifier.modules() if isinstance(module, torch.nn.Linear)][-1]


def encoder(folder):
    options = {"attn_implementation": "eager", "dtype": torch.float32, "num_labels": 3}
    return AutoModelForSequenceClassification.from_pretrained(folder, **options).eval()


def check_encoder(model, method, pooling, folder):
    tool("pooled", MODELS[model], folder / "adapter", method, pooling)
    expected = cola_logits(model, folder / "adapter", folder)
    cola("export", folder / "adapter", "--output", folder / "peft")
    adapted = PeftModel.from_pretrained(encoder(MODELS[model]), folder / "peft").eval()
    unwrapped = adapted.base_model.model
    unwrapped.classifier = unwrapped.classifier.modules_to_save["default"]
    with torch.no_grad():
        yield "export", encoder_logits(unwrapped, pooling) - expected
        cola("merge", folder / "adapter", "--output", folder / "merged")
        if pooling == "head":  # transformers' class, with nothing to add
            plain = AutoModelForSequenceClassification.from_pretrained(folder / "merged", attn_implementation="eager")
            yield "merge", encoder_logits(plain.eval(), pooling) - expected
            return
        merged = encoder(folder / "merged")
        head = load_file(folder / "merged/head.safetensors")
        last_linear(merged).weight.copy_(head["head.weight"])
        last_linear(merged).bias.copy_(head["head.bias"])
        yield "merge", encoder_logits(merged, pooling) - expected


def check_encoder_import(model, config, folder):
    """An adapter of all linear layers below the classifier, trained by PEFT on the mean."""
    torch.manual_seed(1)
    adapted = get_peft_model(encoder(MODELS[model]), config)
    unwrapped = adapted.base_model.model

    def forward():
        last = [m for m in unwrapped.classifier.modules_to_save["default"].modules() if isinstance(m, torch.nn.Linear)][-1]
        hidden = [unwrapped.base_model(torch.tensor([ids])).last_hidden_state for ids in SEQUENCES]
        return last(torch.cat([each.mean(dim=1) for each in hidden]))

    optimizer = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], lr=0.02)
    for step in range(5):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(forward(), torch.tensor([0, 1, 2])).backward()
        optimizer.step()
    adapted.eval().save_pretrained(folder / "peft")
    with torch.no_grad():
        expected = forward()
    options = ["--classes", CLASSES, "--head", "MEAN"]
    cola("import", folder / "peft", "--model", MODELS[model], "--task", "t", "--output", folder / "adapter", *options)
    yield "import", cola_logits(model, folder / "adapter", folder) - expected


def classifier_logits(network):
    return torch.stack([network(torch.tensor([ids])).logits[0] for ids in SEQUENCES])


def check_classifier(model, method, folder):
    """A decoder that classifies by its last token."""
    tool("pooled", MODELS[model], folder / "adapter", method, "last")
    expected = cola_logits(model, folder / "adapter", folder)
    cola("export", folder / "adapter", "--output", folder / "peft")
    adapted = PeftModel.from_pretrained(encoder(MODELS[model]), folder / "peft").eval()
    with torch.no_grad():
        yield "export", classifier_logits(adapted) - expected
        cola("merge", folder / "adapter", "--output", folder / "merged")
        merged = AutoModelForSequenceClassification.from_pretrained(folder / "merged", attn_implementation="eager")
        if merged.config.num_labels != 3 or merged.config.id2label[2] != "finance":
            sys.exit(f"{model}: labels {merged.config.id2label}")
        yield "merge", classifier_logits(merged.eval()) - expected
    torch.manual_seed(1)
    config = LoraConfig(r=2, target_modules="all-linear", task_type="SEQ_CLS")
    trained = get_peft_model(encoder(MODELS[model]), config)
    optimizer = torch.optim.AdamW([p for p in trained.parameters() if p.requires_grad], lr=0.02)
    for step in range(5):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(classifier_logits(trained), torch.tensor([0, 1, 2])).backward()
        optimizer.step()
    trained.eval().save_pretrained(folder / "theirs")
    with torch.no_grad():
        expected = classifier_logits(trained)
    options = ["--task", "t", "--classes", CLASSES, "--output", folder / "imported"]
    cola("import", folder / "theirs", "--model", MODELS[model], *options)
    yield "import", cola_logits(model, folder / "imported", folder) - expected
def image_model(folder):
    options = {"attn_implementation": "eager", "dtype": torch.float32, "num_labels": 3}
    return AutoModelForImageClassification.from_pretrained(folder, **options).eval()


def pixels(model):
    processor = ViTImageProcessorPil.from_pretrained(MODELS[model])
    images = [Image.open(file).convert("RGB") for file in sorted(MODELS[model].parent.glob("*.png"))]
    return processor(images, return_tensors="pt")["pixel_values"]


def cola_image_logits(model, adapter, folder):
    files, out = folder / "files.json", folder / "logits.json"
    files.write_text(json.dumps([str(file) for file in sorted(MODELS[model].parent.glob("*.png"))]))
    tool("images", MODELS[model], adapter, files, out)
    return torch.tensor(json.loads(out.read_text()))


def check_images(model, method, folder):
    tool("pooled", MODELS[model], folder / "adapter", method, "cls")
    expected = cola_image_logits(model, folder / "adapter", folder)
    cola("export", folder / "adapter", "--output", folder / "peft")
    adapted = PeftModel.from_pretrained(image_model(MODELS[model]), folder / "peft").eval()
    with torch.no_grad():
        yield "export", adapted(pixel_values=pixels(model)).logits - expected
        cola("merge", folder / "adapter", "--output", folder / "merged")
        merged = AutoModelForImageClassification.from_pretrained(folder / "merged", attn_implementation="eager").eval()
        yield "merge", merged(pixel_values=pixels(model)).logits - expected


def check_image_import(model, config, folder):
    torch.manual_seed(1)
    adapted = get_peft_model(image_model(MODELS[model]), config)
    optimizer = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], lr=0.02)
    labels = torch.tensor([0, 1, 2])
    for step in range(5):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(adapted(pixel_values=pixels(model)).logits, labels).backward()
        optimizer.step()
    adapted.eval().save_pretrained(folder / "peft")
    with torch.no_grad():
        expected = adapted(pixel_values=pixels(model)).logits
    options = ["--classes", CLASSES, "--head", "CLS"]
    cola("import", folder / "peft", "--model", MODELS[model], "--task", "t", "--output", folder / "adapter", *options)
    yield "import", cola_image_logits(model, folder / "adapter", folder) - expected


def changes(model, folder):
    """What PEFT adds to the weights."""
    adapted = PeftModel.from_pretrained(base(model), folder)
    modules = dict(adapted.named_modules())
    return {name: m.get_delta_weight("default") for name, m in modules.items() if hasattr(m, "get_delta_weight")}


def lost(changes, exact):
    wrong = sum(((changes[name] - exact[name]).double() ** 2).sum() for name in exact)
    return (wrong / sum((change.double() ** 2).sum() for change in exact.values())).sqrt()


def check_half(model, folder):
    adapter = folder / "adapter"
    tool("make", MODELS[model], adapter, "pissa", "full", "3", "pissa", "0.003")
    expected = cola_logits(model, adapter, folder)
    printed = {}
    for name, options in {
        "exact": [],
        "svd": ["--dtype", "bf16"],
        "trained": ["--dtype", "bf16", "--as-trained"],
    }.items():
        printed[name] = cola("export", adapter, "--output", folder / name, *options)
    exact = changes(model, folder / "exact")
    with torch.no_grad():
        yield "export", logits(model, PeftModel.from_pretrained(base(model), folder / "exact").base_model.model) - expected
    for name in ("svd", "trained"):
        loss = lost(changes(model, folder / name), exact)
        said = float(re.search(r"rounding loses ([\d.]+) %", printed[name]).group(1)) / 100
        if abs(said - loss) > 0.05 * loss or (name == "svd" and loss > BF16_TOLERANCE):
            sys.exit(f"{model}: bf16 loses {loss:.5f} of {name}, printed is {said}")
        yield f"({name} loses)", loss
    cola("merge", adapter, "--output", folder / "merged")
    cola("merge", adapter, "--output", folder / "rounded", "--dtype", "bf16", "--base-name", "org/tiny")
    exact, rounded = (load_file(folder / name / "model.safetensors") for name in ("merged", "rounded"))
    if any(not torch.equal(rounded[name], exact[name].to(torch.bfloat16)) for name in exact):
        sys.exit(f"{model}: merged as bf16 is not what PyTorch rounds to")
    network = AutoModel.from_pretrained(folder / "rounded")
    if network.dtype != torch.bfloat16:
        sys.exit(f"{model}: transformers loads {network.dtype}")


def checks():
    for model in ENCODERS:
        for method in ("cola", "dora", "ia3"):
            for pooling in ("mean", "head"):
                yield model, method, pooling, check_encoder, (model, method, pooling)
        config = LoraConfig(r=2, target_modules="all-linear", task_type="SEQ_CLS")
        yield model, "lora-all-linear", "from PEFT", check_encoder_import, (model, config)
    for model in VITS:
        for method in ("cola", "dora", "ia3"):
            yield model, method, "images", check_images, (model, method)
        config = LoraConfig(r=2, target_modules=["q_proj", "v_proj", "fc1"], modules_to_save=["classifier"])
        yield model, "lora", "from PEFT", check_image_import, (model, config)
    for model in DECODERS:  # the families beside Llama: their modules' names and what they compute
        for method in ("cola", "dora", "ia3"):
            yield model, method, "full", check_export, (model, method, "full")
        config = LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM")
        yield model, "lora-all-linear", "from PEFT", check_import, (model, config)
    for model in ["llama", *DECODERS]:
        if model != "granite":  # which has no such class
            yield model, "classifier", "cola", check_classifier, (model, "cola")
    for model in ("bert", "llama"):
        for method, pairing in EXPORTED:
            yield model, method, pairing, check_export, (model, method, pairing)
        for name, config in trained_configs(model).items():
            yield model, name, "from PEFT", check_import, (model, config)
        for start in STARTS:
            yield model, start, "from PEFT", check_start, (model, start)
        yield model, "half", "bf16", check_half, (model,)
    yield "minilm", "pairs", "merged", check_pairs, (CLASSPATH_MODEL,)


def main():
    torch.set_num_threads(1)
    worst = 0
    for model, name, detail, check, arguments in checks():
        if len(sys.argv) > 1 and not {model, name.split("-")[0]} & set(sys.argv[1:]):
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = {what: d.abs().max().item() for what, d in check(*arguments, Path(folder))}
        print(f"{model:6} {name:15} {detail:10} " + "  ".join(f"{k} {v:.1e}" for k, v in found.items()), flush=True)
        worst = max([worst] + [v for k, v in found.items() if not k.startswith("(")])
    print(f"largest difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
