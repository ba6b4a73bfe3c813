"""Golden values of chat templates and tokenizers of decoder language models, by HF transformers.

    python tools/make_dialogue_goldens.py [folder]

writes into cola-core/src/test/resources/goldens/dialogue (or `folder`):

    <template>.jinja           chat templates of our own, in the constructs that published ones use
    <tokenizer>/               tokenizer.json and tokenizer_config.json: a small byte-level BPE with a BOS, and a
                               BPE with byte fallback and a space before every text, as Llama 2 has it
    expected.json              renderings of dialogues, and the tokens of one of them

Two runs write the same bytes. Made with Python 3.11.7, transformers 5.23.0, tokenizers 0.23.3, jinja2 3.1.6.
"""

import json
import re
import sys
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import render_jinja_template

FOLDER = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/dialogue"
BOS, EOS = "<s>", "</s>"

TEMPLATES = {
    # one message after the other, a default system message
    "turns": """\
{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|turn|>system\\nBe brief.<|end|>\\n' }}{% endif %}{{'<|turn|>' + message['role'] + '\\n' + message['content'] + '<|end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}""",
    # line breaks after tags, eos after every message, the prompt inside the loop
    "lines": """\
{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}
""",
    # brackets, turns checked by their parity, a system message inside the first question
    "brackets": """\
{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set ns = namespace(index=0) %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.tool_calls is defined) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("roles must alternate: user, assistant, user, ...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[Q] " + system_message + "\\n\\n" + message["content"] + "[/Q]" }}
        {%- else %}
            {{- "[Q] " + message["content"] + "[/Q]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token }}
    {%- else %}
        {{- raise_exception("only user, system and assistant, not " + message["role"]) }}
    {%- endif %}
{%- endfor %}
""",
    # headers, a date, tools that are not given
    "headers": """\
{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "1 Jan 2000" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system's message comes out first. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|head|>system<|/head|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Tools: " + (tools | tojson(indent=4)) }}
{%- endif %}
{{- "Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|done|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|head|>' + message['role'] + '<|/head|>\\n\\n'+ message['content'] | trim + '<|done|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("one call at once") }}
        {%- endif %}
    {%- elif message.role == "tool" %}
        {{- "<|head|>tool<|/head|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable and message.content is not string %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|done|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|head|>assistant<|/head|>\\n\\n' }}
{%- endif %}
""",
    # neighbours by loop.index0, Python's methods of texts, a filter over messages
    "methods": """\
{%- if tools %}
    {{- '<|turn|>system\\n' }}{{- tools | tojson }}
{%- endif %}
{%- set questions = messages | selectattr("role", "equalto", "user") | list %}
{{- '<|n|>' ~ (questions | length) ~ '\\n' }}
{%- for message in messages %}
    {%- set content = message.content.strip() %}
    {%- if content.startswith('!') or content.endswith('?!') %}
        {%- set content = content.upper().lstrip('!') %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|turn|>' + message.role + '\\n' + content.split('</think>')[-1] + '<|end|>' + '\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|turn|>user' }}
        {%- endif %}
        {{- '\\n<tool>\\n' + message.content + '\\n</tool>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|turn|>assistant\\n' }}
{%- endif %}
""",
}


def said(*turns):
    return [{"role": role, "content": content} for role, content in turns]


DIALOGUES = {
    "one": said(("user", "What is 2 + 2?"), ("assistant", "4")),
    "two": said(
        ("system", "You count. {{ messages }}"),
        ("user", "  One, two?\n"),
        ("assistant", "Three.\nFour: 四 🙂"),
        ("user", "!and {% then %}"),
        ("assistant", " five "),
    ),
    "tools": said(
        ("user", "Look it up?!"), ("tool", "17"), ("tool", "18"), ("assistant", "17 and 18"), ("user", "Thanks")
    ),
}


def render(template, messages, prompt):
    try:
        texts, _ = render_jinja_template(
            conversations=[messages], chat_template=template, add_generation_prompt=prompt, bos_token=BOS, eos_token=EOS
        )
        return texts[0]
    except Exception as e:  # what the template refuses
        return {"refused": str(e)}


def text_for_training():
    words = "What is two plus two? It is four. One, two, three and five. Answer the question: which of these is right?"
    return [words, words.lower(), words.replace(" ", "  "), *[words[i:] for i in range(0, 60, 7)]]


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=360,
        special_tokens=[BOS, EOS, "<|turn|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text_for_training(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, 0)])
    return tokenizer


def sentence_piece():
    texts = ["▁" + text.replace(" ", "▁") for text in text_for_training()]
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    learner.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=120, show_progress=False))
    learned = json.loads(learner.to_str())["model"]
    vocabulary = {"<unk>": 0, BOS: 1, EOS: 2}
    for byte in range(256):
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    for piece in sorted(learned["vocab"], key=learned["vocab"].get):
        vocabulary.setdefault(piece, len(vocabulary))
    merges = [tuple(merge) for merge in learned["merges"]]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in ("<unk>", BOS, EOS)])
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, 1)])
    return tokenizer


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    renderings = []
    for name, template in TEMPLATES.items():
        (folder / f"{name}.jinja").write_text(template)
        for dialogue, messages in DIALOGUES.items():
            for prompt in (False, True):
                given = messages[:-1] if prompt and messages[-1]["role"] == "assistant" else messages
                text = render(template, given, prompt)
                if "strftime_now" in template and isinstance(text, str):
                    text = re.sub(r"Date: \d\d \w\w\w \d\d\d\d", "Date: 05 Mar 2024", text)
                renderings.append(
                    {"template": name, "dialogue": dialogue, "prompt": prompt, "messages": given, "text": text}
                )
    tokens = {}
    for name, tokenizer, template in (
        ("byte-level", byte_level(), "turns"),
        ("sentence-piece", sentence_piece(), "lines"),
    ):
        place = folder / name
        place.mkdir(exist_ok=True)
        tokenizer.save(str(place / "tokenizer.json"), pretty=False)
        (place / "tokenizer_config.json").write_text(json.dumps({"bos_token": BOS, "eos_token": {"content": EOS}}))
        fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=BOS, eos_token=EOS)
        rendered = render(TEMPLATES[template], DIALOGUES["two"], False)
        texts = ["What is two?", "\nfive", "  four: 四 🙂\n", BOS + "two" + EOS + "three"]
        tokens[name] = {
            "template": template,
            "dialogue": [int(i) for i in fast(rendered, add_special_tokens=True)["input_ids"]],
            "texts": [{"text": t, "ids": fast(t, add_special_tokens=False)["input_ids"]} for t in texts],
        }
    expected = {"renderings": renderings, "tokens": tokens}
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
