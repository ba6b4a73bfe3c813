"""Checks that HF PEFT, transformers and CoLA4J compute the same with the same adapters.

    bin/cola --version                     # builds, if need be
    python tools/check_peft.py

For the tiny random BERT and Llama of the tests, and for every method below:

    export   an adapter with random numbers, made by CoLA4J, is exported, loaded by PeftModel.from_pretrained
             onto the unchanged base, and asked for logits
    merge    the same adapter is merged by CoLA4J, the folder is loaded by transformers alone
    import   an adapter that PEFT itself trained some steps is imported

and prints the largest difference between the logits of CoLA4J and those of the other side; more than 1e-4 fails.
COLA and COLA_CLASSPATH in the environment replace bin/cola and its class path. Versions: tools/requirements.txt.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from peft import IA3Config, LoraConfig, MissConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

ROOT = Path(__file__).parents[1]
GOLDENS = ROOT / "cola-core/src/test/resources/goldens"
COLA = os.environ.get("COLA", str(ROOT / "bin/cola")).split()
LIBRARIES = ROOT / "cola-examples/target"
CLASSPATH = os.environ.get(
    "COLA_CLASSPATH",
    f"{ROOT}/cola-core/target/test-classes:{ROOT}/cola-core/target/classes:{LIBRARIES}/lib-spark/*:{LIBRARIES}/lib-cluster/*",
)
MODELS = {"bert": GOLDENS / "bert/model", "llama": GOLDENS / "decoder/llama/model"}
SEQUENCES = [[2, 17, 40, 9, 3], [2, 3], [2, 80, 81, 5, 4, 120, 3]]
CLASSES = "law,medicine,finance"  # PeftTool.CLASSES
TOLERANCE = 1e-4
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
]
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
        "ia3": IA3Config(target_modules=targets, feedforward_modules=[last], **task),
        "miss": MissConfig(r=5, target_modules=targets, **task),
    }


def cola(*arguments):
    run([*COLA, *arguments])


def tool(*arguments):
    java = ["java", "-Xmx1g", "--add-modules", "jdk.incubator.vector", "-cp", CLASSPATH]
    run([*java, "io.github.cola4j.io.PeftTool", *arguments])


def run(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")


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
    tool("make", MODELS[model], folder / "adapter", method, pairing, "3")
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
    adapted = get_peft_model(base(model), config)
    optimizer = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], lr=0.02)
    for _ in range(5):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits(model, adapted.base_model.model), torch.tensor([0, 1, 2])).backward()
        optimizer.step()
    return adapted.eval()


def check_import(model, config, folder):
    adapted = train(model, config)
    adapted.save_pretrained(folder / "peft")
    options = ["--classes", CLASSES, "--head", "MEAN"] if model == "bert" else []
    cola("import", folder / "peft", "--model", MODELS[model], "--task", "t", "--output", folder / "adapter", *options)
    with torch.no_grad():
        yield "import", logits(model, adapted.base_model.model) - cola_logits(model, folder / "adapter", folder)


def main():
    torch.set_num_threads(1)
    worst = 0
    for model in MODELS:
        checks = [(method, pairing, check_export, (method, pairing)) for method, pairing in EXPORTED]
        checks += [(name, "from PEFT", check_import, (config,)) for name, config in trained_configs(model).items()]
        for name, detail, check, arguments in checks:
            if len(sys.argv) > 1 and name.split("-")[0] not in sys.argv[1:]:
                continue
            with tempfile.TemporaryDirectory() as folder:
                found = {what: d.abs().max().item() for what, d in check(model, *arguments, Path(folder))}
            print(f"{model:6} {name:12} {detail:10} " + "  ".join(f"{k} {v:.1e}" for k, v in found.items()), flush=True)
            worst = max([worst] + [v for k, v in found.items() if k != "(moved)"])
    print(f"largest difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
