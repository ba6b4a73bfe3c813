"""What transformers makes of SmolLM2-135M-Instruct: logits, greedy text and chat prompts.

    python tools/smollm2_to_hf.py MODEL_DIR
    python tools/make_smollm2_goldens.py MODEL_DIR [folder]

writes expected.json into cola-core/src/test/resources/goldens/smollm2 (or `folder`); the weights stay where they are:

    randomIds     64 token ids, ascending
    prompts       ten of: text; ids (the tokenizer's, no token is added); and of the logits after the last token
                  top (the 20 highest: ids), topLogits, randomLogits (those of randomIds), sum, mean, logSumExp
    generations   three prompts, each as it is and as a user's message: text (the message's already rendered), chat
                  (true if it is one), ids, generated (the 50 tokens of greedy decoding; the end token does not stop it)
                  and margin (the least difference between the best and the second logit of the 50 choices)
    chats         ten of: messages, addGenerationPrompt, text (rendered with the template of tokenizer_config.json),
                  ids (of text)

float32, eager attention, one sequence at a time. The sums are taken in float64. One thread, so that two runs on one
machine write the same bytes; another machine may differ in the last of the 9 digits and before.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from golden_parts import write_json
from transformers import AutoModelForCausalLM, AutoTokenizer

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/smollm2"
GENERATED = 50

LONG = " ".join(
    f"On day {day} the harbour master wrote down {17 * day % 41} ships, {day % 7} of them from the north, and the wind."
    for day in range(1, 13)
)
PROMPTS = [
    "The capital of Italy is",
    "Water boils at a lower temperature on a mountain because",
    "def fibonacci(n):\n    if n < 2:\n        return n\n    return",
    "SELECT name, COUNT(*) FROM orders\n\tWHERE total >= 100.50 GROUP BY",
    "2 + 2 = 4\n3 + 5 = 8\n17 + 26 = ",
    "  1, 10,  100 and 12345.67 \u00bd",
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u2014 \u044d\u0442\u043e \u0441\u0442\u043e\u043b\u0438\u0446\u0430",
    "\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd\u3067\u3059\u3002 \U0001f5fc na\u00efve caf\u00e9",
    LONG,
]
CHAT_PROMPT = "Name three primary colours."

GENERATION_PROMPTS = [
    "What is the capital of France? Tell me something about its history.",
    "Write a Python function that returns the largest of three numbers.",
    "Explain to a child why the sky is blue.",
]

CHATS = [
    [{"role": "user", "content": "What is the capital of France?"}],
    [
        {"role": "system", "content": "You answer in one word."},
        {"role": "user", "content": "Is water wet?"},
        {"role": "assistant", "content": "Yes."},
    ],
    [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello! How can I help?"},
        {"role": "user", "content": "Tell me a joke.\nA short one."},
    ],
    [
        {"role": "system", "content": ""},
        {"role": "user", "content": " <b>\"A\" & 'B'</b> {{ x }} {% if %} \\n \u00e9\u4e2d\U0001f600 "},
    ],
    [
        {"role": "system", "content": "You are a pirate.\n"},
        {"role": "user", "content": "Where is the treasure?"},
        {"role": "assistant", "content": "Arr!"},
        {"role": "user", "content": "That is no answer."},
        {"role": "assistant", "content": "Under the palm, ten steps north."},
    ],
]


def render(tokenizer, messages, add_generation_prompt=True):
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=add_generation_prompt)


def prompt(model, tokenizer, text, random_ids):
    ids = tokenizer(text)["input_ids"]
    logits = model(torch.tensor([ids]), use_cache=False).logits[0, -1]
    best = logits.topk(20)
    wide = logits.double()
    return {
        "text": text,
        "ids": ids,
        "top": best.indices.tolist(),
        "topLogits": best.values.tolist(),
        "randomLogits": logits[random_ids].tolist(),
        "sum": wide.sum().item(),
        "mean": wide.mean().item(),
        "logSumExp": wide.logsumexp(0).item(),
    }


def generation(model, tokenizer, text, chat):
    if chat:
        text = render(tokenizer, [{"role": "user", "content": text}])
    ids = tokenizer(text)["input_ids"]
    out = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        do_sample=False,
        max_new_tokens=GENERATED,
        eos_token_id=None,
        return_dict_in_generate=True,
        output_logits=True,
    )
    generated = out.sequences[0, len(ids) :].tolist()
    assert len(generated) == GENERATED
    print(repr(tokenizer.decode(generated)))
    best = torch.stack([logits[0].topk(2).values for logits in out.logits])
    margin = (best[:, 0] - best[:, 1]).min().item()
    return {"text": text, "chat": chat, "ids": ids, "generated": generated, "margin": margin}


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python tools/make_smollm2_goldens.py MODEL_DIR [folder]")
    source = Path(sys.argv[1])
    if not (source / "model.safetensors").is_file():
        sys.exit(f"error: {source} has no model.safetensors; run python tools/smollm2_to_hf.py {source}")
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)

    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, attn_implementation="eager").eval()
    random = np.random.default_rng(1)
    random_ids = sorted(random.choice(model.config.vocab_size, 64, replace=False).tolist())
    texts = PROMPTS + [render(tokenizer, [{"role": "user", "content": CHAT_PROMPT}])]
    with torch.no_grad():
        prompts = [prompt(model, tokenizer, text, random_ids) for text in texts]
        generations = [
            generation(model, tokenizer, text, chat) for text in GENERATION_PROMPTS for chat in (False, True)
        ]
    chats = []
    for messages in CHATS:
        for add in (True, False):
            text = render(tokenizer, messages, add)
            ids = tokenizer(text)["input_ids"]
            chats.append({"messages": messages, "addGenerationPrompt": add, "text": text, "ids": ids})
    write_json(
        folder / "expected.json",
        {"randomIds": random_ids, "prompts": prompts, "generations": generations, "chats": chats},
    )


if __name__ == "__main__":
    main()
