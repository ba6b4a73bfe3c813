"""Published chat templates: what Jinja2 writes with each, for CoLA4J's interpreter to be compared with, byte for byte.

    python tools/check_chat_templates.py OUT.json [FOLDER ...]
    mvn -pl cola-core test -Dtest=PublishedTemplatesTest -Dcola.chatTemplates=OUT.json

The templates are all files `*.jinja` of the folders, by default those of the installed package trl (`pip install --no-deps trl`;
it is not imported). They are others' work: OUT.json is for one check and is not kept. Each is rendered with dialogues of all kinds
(tools, calls, results, reasoning, thinking on and off, with and without a prompt for an answer) in the environment that
transformers gives chat templates; an error is written as null. Needs jinja2 alone.
"""

import importlib.util
import itertools
import json
import sys
from datetime import datetime
from pathlib import Path

from jinja2 import nodes
from jinja2.ext import Extension

from make_jinja_goldens import environment

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather of a <place> & its 'wind'",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "Where, as in Köln"},
                "days": {"type": ["integer", "null"], "enum": [1, 2], "default": 1},
                "units": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["place"],
        },
        "return": {"type": "string"},
    },
}

USER = {"role": "user", "content": "  Wie ist \"das\" Wetter in Köln? 🙂\n"}
SYSTEM = {"role": "system", "content": "Be brief.\n"}
THOUGHT = {"role": "assistant", "content": "Sunny.", "reasoning_content": "It said\nso."}
IN_TEXT = {"role": "assistant", "content": "<think>\nIt said so.\n</think>\n\nSunny."}
RESULT = {"role": "tool", "name": "weather", "tool_call_id": "call_0001", "content": '{"sky": "blue", "n": 1.50}'}


def call(arguments, content):
    function = {"name": "weather", "arguments": arguments}
    return {"role": "assistant", "content": content, "tool_calls": [{"id": "call_0001", "type": "function", "function": function}]}


NOW = datetime(2024, 3, 5, 7, 8, 9)

OBJECT = {"place": "Köln", "days": 2, "units": ["C", "m/s"], "deep": {"a": None, "b": [True, 1.5]}}

DIALOGUES = {
    "question": [USER],
    "system": [SYSTEM, USER],
    "answer": [USER, {"role": "assistant", "content": "Sunny."}],
    "turns": [SYSTEM, USER, THOUGHT, {"role": "user", "content": "And now?"}, {"role": "assistant", "content": " Rain "}],
    "thought": [USER, THOUGHT],
    "thought in text": [USER, IN_TEXT, {"role": "user", "content": "And now?"}, IN_TEXT],
    "called": [SYSTEM, USER, call(OBJECT, None), RESULT],
    "called with text": [USER, call(OBJECT, "I look."), RESULT, RESULT, THOUGHT, {"role": "user", "content": "Thanks"}],
    "string of arguments": [USER, call(json.dumps(OBJECT), ""), RESULT, {"role": "assistant", "content": "Sunny."}],
    "same role twice": [USER, USER],
    "parts": [{"role": "user", "content": [{"type": "text", "text": "One,"}, {"type": "text", "text": " two"}]}],
}


class Generation(Extension):
    """The tag that marks what an assistant wrote; it renders what is in it."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_write"), [], [], body).set_lineno(line)

    def _write(self, caller):
        return caller()


def render(template, variables):
    try:
        return template.render(**variables)
    except Exception:  # what Jinja2 or the template refuses
        return None


def main(out, folders):
    env = environment()
    env.add_extension(Generation)
    env.globals["strftime_now"] = NOW.strftime
    if not folders:
        folders = [Path(importlib.util.find_spec("trl").origin).parent / "chat_templates"]
    files = sorted(file for folder in folders for file in Path(folder).glob("*.jinja"))
    templates = []
    for file in files:
        source = file.read_text()
        template = env.from_string(source)
        cases = []
        for (name, messages), tools, thinking, prompt in itertools.product(
            DIALOGUES.items(), (None, [WEATHER, WEATHER]), (None, True, False), (False, True)
        ):
            variables = {
                "messages": messages,
                "tools": tools,
                "documents": None,
                "add_generation_prompt": prompt,
                "bos_token": "<s>",
                "eos_token": "</s>",
            }
            if thinking is not None:
                variables["enable_thinking"] = thinking
            text = render(template, variables)
            cases.append({"name": f"{name}, tools {bool(tools)}, thinking {thinking}, prompt {prompt}", "variables": variables, "text": text})
        templates.append({"name": file.stem, "source": source, "cases": cases})
    out.write_text(json.dumps(templates, ensure_ascii=False) + "\n")
    refused = sum(case["text"] is None for template in templates for case in template["cases"])
    print(len(templates), "templates,", sum(len(t["cases"]) for t in templates), "renderings,", refused, "of them errors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
