#!/usr/bin/env python3
"""Runs a folder of small inputs that once broke something, and judges what the command line makes of each.

    python3 tools/check_cases.py CASES [NAME ...] [--cola bin/cola] [--keep FOLDER]

CASES holds a folder for each case: inputs, a `job.yaml`, `expected.txt` (what should happen, in words) and `run.sh`, which
runs the program named by the environment's COLA on a scratch copy and prints `exit N` after each command. The judgements
are below, a line each, in the words of `expected.txt`; a case without one fails. NAME picks cases that begin so. Needs
nothing but Python; prints a line a case, and of those that fail what was expected and what came. Exit code 1 if any fails.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

TRACE = re.compile(r"^\s+at [\w.$/]+\(|^Exception in thread|^Caused by: |^Traceback", re.M)


class Outcome:
    """What a case printed: the text before each `exit N` with its code, and the results of the first command."""

    def __init__(self, text):
        self.text = text
        self.commands = []
        start = 0
        for match in re.finditer(r"^exit (\d+).*$", text, re.M):
            self.commands.append((int(match.group(1)), text[start : match.start()]))
            start = match.end()
        self.rest = text[start:]
        self.results = None
        block = re.search(r'^\{\s*\n\s*"tasks".*?^\}', text, re.M | re.S)
        if block:
            self.results = json.loads(block.group())
        classes = re.search(r'"classes" : (\[[^\]]*\])', text.split('"peakMemoryBytes"')[-1])
        self.classes = json.loads(classes.group(1)) if classes else None

    def errors(self, command):
        return [line for line in self.commands[command][1].splitlines() if line.startswith("error:")]


class Check:
    """A condition on an outcome; `&` and `|` combine."""

    def __init__(self, what, test):
        self.what = what
        self.test = test

    def __and__(self, other):
        return Check(f"{self.what} and {other.what}", lambda o: self.test(o) and other.test(o))

    def __or__(self, other):
        return Check(f"({self.what} or {other.what})", lambda o: self.test(o) or other.test(o))


def ends(*codes):
    return Check(f"exit codes {codes}", lambda o: tuple(code for code, _ in o.commands) == codes)


def held_out(examples):
    return max(1, int(0.1 * examples + 0.5))


def examples(*counts):
    """So many examples of each task, of which a tenth is held out."""
    wanted = [count - held_out(count) for count in counts]
    return Check(
        f"{counts} examples",
        lambda o: o.results is not None and [t["trainExamples"] for t in o.results["tasks"]] == wanted,
    )


def bad(count):
    return Check(f"{count} bad rows", lambda o: o.results is not None and sum(t["badRows"] for t in o.results["tasks"]) == count)


def accounted(rows):
    """Every row is an example or a bad row."""

    def test(o):
        if o.results is None:
            return False
        task = o.results["tasks"][0]
        found = rows - task["badRows"]
        return task["trainExamples"] == found - held_out(found)

    return Check(f"{rows} rows are examples or bad rows", test)


def classes(*names):
    return Check(f"classes {names}", lambda o: o.classes == list(names))


def says(*patterns):
    return Check(
        f"says {' & '.join(patterns)}", lambda o: all(re.search(pattern, o.text, re.I | re.M) for pattern in patterns)
    )


def silent(pattern):
    return Check(f"does not say {pattern}", lambda o: not re.search(pattern, o.text, re.I | re.M))


def error(command, *patterns):
    """A command fails with one line of error that has these patterns."""

    def test(o):
        if command >= len(o.commands) or o.commands[command][0] == 0:
            return False
        lines = o.errors(command)
        return len(lines) == 1 and all(re.search(pattern, lines[0], re.I) for pattern in patterns)

    return Check(f"command {command + 1} fails with one line that says {' & '.join(patterns)}", test)


def works(command, *patterns):
    def test(o):
        return (
            command < len(o.commands)
            and o.commands[command][0] == 0
            and all(re.search(pattern, o.commands[command][1], re.I | re.M) for pattern in patterns)
        )

    return Check(f"command {command + 1} works{' and says ' + ' & '.join(patterns) if patterns else ''}", test)


def section(name, *patterns):
    """What follows the line `== name`, as far as the next such line, has these patterns."""

    def test(o):
        parts = re.split(r"^== (.*)$", o.text, flags=re.M)
        found = dict(zip(parts[1::2], parts[2::2])).get(name)
        return found is not None and all(re.search(pattern, found, re.I | re.M) for pattern in patterns)

    return Check(f"{name}: {' & '.join(patterns)}", test)


def sections(table):
    checks = [section(name, *([pattern] if isinstance(pattern, str) else pattern)) for name, pattern in table.items()]
    result = checks[0]
    for check in checks[1:]:
        result = result & check
    return result


def tested(*counts):
    """The supervised tokens of the tests, in the order they were printed."""
    return Check(
        f"testExamples {counts}",
        lambda o: [int(n) for n in re.findall(r'"testExamples" : (\d+)', o.text)] == list(counts),
    )


def rows_of(name, text):
    """JSON lines that a command wrote, from what `cat` printed."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def losses(test, what):
    return Check(what, lambda o: test([float(x) for x in re.findall(r'"validationLoss" : ([\d.]+)', o.text)]))


def predictions():
    def test(o):
        first = [row for row in rows_of("o.jsonl", o.commands[1][1]) if "row" in row]  # not those of bad rows beside it
        ids = [str(row.get("id")) for row in first]
        second = [str(row.get("id")) for row in rows_of("o2.jsonl", o.rest)]
        wanted = [str(i) for i in range(100, 108)]
        return list(dict.fromkeys(ids)) == wanted and second == ["1", "2", "3", "4"]

    return Check("all rows come back with their ids, in order", test)


LOADS = r"parameters|layers|hidden"
ONE_CLASS_ERROR = r"at least two|one label"

JUDGEMENTS = {
    "01b": ends(0) & examples(30) & bad(0),
    "02": ends(0) & examples(20) & classes("neg", "pos"),
    "03": error(0, "semicolon|';'", "separator"),
    "04": (ends(0) & accounted(20) & says("backslash")) | error(0, "backslash", "escape"),
    "05": error(0, "text|label", "twice|repeat|more than once|(two|2) columns"),
    "06": error(0, "header") | (ends(0) & says("header") & classes("neg", "pos")),
    "07": (ends(0) & examples(20)) | error(0, "array", r"\.json\b"),
    "08": (ends(0) & examples(12)) | error(0, "one line|a line each|line each"),
    "09": (ends(0) & examples(20)) | error(0, "NaN"),
    "10": ends(0) & accounted(32) & silent("not UTF-8"),
    "11": (ends(0) & examples(20)) | error(0, r"train\.parquet", "column"),
    "12": ends(0) & examples(20),
    "13b": error(0, r"1\.0|float|double", r"\.parquet") | (ends(0) & classes("0", "1")),
    "13": (ends(0) & examples(60) & classes("0", "1")) | error(0, r"\.parquet", "label", "string", "int"),
    "14": ends(0) & examples(20),
    "15b": ends(0)
    & says(
        '"1152921504606846976", "1152921504606846977"',
        '"false", "true"',
        '"2024-01-01", "2024-01-02"',
        '"1.50", "2.00"',
        '"200", "201"',
        '"0.1", "10000000.0"',
    ),
    "15": error(0, r"0\.0", r"\b0\b|\[0,|'0'") | (ends(0) & says(r"0\.0")),
    "16b": ends(0) & ((examples(30)) | (examples(10) & says(r"2024", r"2025|2 sub-?folders|two sub-?folders"))),
    "16": (works(0) & examples(20) & classes("neg", "pos")) | error(0, "partition"),
    "17": error(0, "_delta_log|Delta", "table:") | (ends(0) & says("delta", "table:")),
    "18": works(1, r"\b90\b|\b81\b") & works(2) & (works(3) | error(3, "10:00:00", "colon")),
    "19a": ends(0) & examples(40),
    "19b": error(0, r"train\.jsonl\.gz", "gzip"),
    "19c": error(0, r"train\.jsonl\.gz", "ends|cut|truncated|incomplete"),
    "19d": ((works(0) & examples(20)) | error(0, "zst")) & works(1, r"\b40\b|\b36\b") & error(2, "xz"),
    "20": ((works(0) & examples(20)) | error(0, "UTF-16")) & (works(1) | error(1, "UTF-16")),
    "21": says("differ|blank|space|case", "neg|pos"),
    "22": error(0, "True", "true"),
    "23": ends(0) & examples(13) & bad(7),
    "24": error(0, "-1"),
    "25": (works(0) | error(0, "quot")) & error(1, "quot", "classes") & error(2, "quot", "name"),
    "26": works(0) & error(1, ONE_CLASS_ERROR),
    "30": ends(0) & accounted(20),
    "31": says("system", "history|tools", r"\b20\b") | error(0, "system"),
    "32": (ends(0) & examples(20)) | error(0, "content", "part|list|array|text"),
    "33": (ends(0) & says("tool")) | error(0, "tool"),
    "34": says("function_call|observation|role|weight|calls tools"),
    "35": works(0) & says("bad|dropped"),
    "40a": works(0, LOADS),
    "40b": works(0, LOADS),
    "40c": works(0, LOADS) | error(0, "rms_norm_eps|hidden_act|max_position|lm_head"),
    "41": works(0, LOADS) & works(1),
    "42a": works(0, LOADS),
    "42b": works(0, LOADS) | error(0, r"\[PAD\]"),
    "43": sections(
        {
            "default": LOADS,
            "linear": LOADS,
            "v5": LOADS,
            "nulls": LOADS,
            "dynamic": LOADS,  # not known when the case was written
            "yarn": LOADS,  # likewise
            "longrope": ["^error:", "longrope"],
            "mrope": ["^error:", "mrope"],
            "v5nested": ["^error:|" + LOADS],
            "notype": ["^error:", "type"],
        }
    ),
    "44": sections(
        {
            "binonly": ["^error:", "safetensors"],
            "vocabonly": ["^error:", r"tokenizer\.json"],
            "spmonly": ["^error:", r"tokenizer\.json"],
            "missingshard": ["^error:", "safetensors"],
            "extrashard": LOADS,
            "lfs": ["^error:", "lfs"],
            "truncated": ["^error:", "safetensors"],
            "bomconfig": LOADS,
            "peftfolder": ["^error:", "adapter|PEFT"],
            "roberta": LOADS,  # not known when the case was written
            "distil": ["^error:", "distilbert"],
            "gelunew": ["^error:", "gelu_new"],
            "llamacls": ["^error:|" + LOADS],
            "gptq": ["^error:", "quant"],
            "qwen3": ["^error:", "qwen3"],
            "gguf": ["^error:", "gguf|safetensors|config"],
        }
    ),
    "45": losses(
        lambda found: (len(found) == 3 and found[0] == found[1] != found[2]), "nested has the loss of flat, none another"
    )
    | section("nested", "^error:", "rope"),
    "50": (works(0) & tested(45)) | (works(0) & tested(46)) | error(0, "for|loop|if"),
    "52": works(0) | error(0, "generation"),
    "53": works(0) | error(0, "macro"),
    "54": says("special token|control token|<\\|im_"),
    "55": says("weight")
    | Check(
        "t has fewer supervised tokens than u",
        lambda o: (lambda n: len(n) == 2 and n[0] < n[1])([int(x) for x in re.findall(r'"testExamples" : (\d+)', o.text)]),
    ),
    "56": works(0) & (works(1) | error(1, "messages")),
    "57": works(0)
    & works(1)
    & Check(
        "the same testExamples twice",
        lambda o: len(re.findall(r'"testExamples" : (\d+)', o.text)) == 2
        and len(set(re.findall(r'"testExamples" : (\d+)', o.text))) == 1,
    ),
    "58": sections({name: "^error:|trained" for name in "boseosdict tmpllist eosunknown eosvocab nullcfg geneoslist notemplate".split()}),
    "60": predictions(),
    "61": Check("no neighbour is swallowed", lambda o: "say" in o.text) & (accounted(14) | error(0, "quote")),
    "62": Check("clear lines", lambda o: len(re.findall(r"^error:", o.text, re.M)) == 4),
    "63": Check("trained, and three rows are accounted for", lambda o: o.commands[0][0] == 0 and o.commands[2][0] == 0)
    & Check("three rows", lambda o: len(rows_of("o.jsonl", o.rest)) == 3),
    "70": sections(
        {
            **{name: "imported|adapter|imp-" for name in "new old2023 f16 unslothregex targetsmore phase".split()},
            **{name: "imported|imp-|^error:" for name in "embed savedembed pyregexP alpha0 rfloat pissa adaptername nobaseprefix lmheadlora binonly".split()},
        }
    ),
}


def judgement(name):
    for key in sorted(JUDGEMENTS, key=len, reverse=True):
        if name == key or name.startswith(key + "-"):
            return JUDGEMENTS[key]
    return None


def run(case, cola, timeout):
    environment = dict(os.environ, COLA=str(cola))
    done = subprocess.run(
        ["bash", str(case / "run.sh")], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout
    )
    return done.stdout.decode("utf-8", "replace")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--cola", type=Path, default=Path(__file__).resolve().parent.parent / "bin" / "cola")
    parser.add_argument("--keep", type=Path, help="a folder for each case's output")
    parser.add_argument("--timeout", type=int, default=900)
    arguments = parser.parse_args()
    cases = sorted(path.parent for path in arguments.cases.glob("*/run.sh"))
    if arguments.names:
        cases = [case for case in cases if any(case.name.startswith(name) for name in arguments.names)]
    if not cases:
        sys.exit(f"no case in {arguments.cases}; expected folders with a run.sh")
    failed = []
    for case in cases:
        start = time.monotonic()
        try:
            text = run(case, arguments.cola.resolve(), arguments.timeout)
        except subprocess.TimeoutExpired:
            text = f"timed out after {arguments.timeout} s"
        if arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            (arguments.keep / (case.name + ".txt")).write_text(text)
        outcome = Outcome(text)
        check = judgement(case.name)
        problems = []
        if check is None:
            problems.append("there is no judgement of this case")
        elif not check.test(outcome):
            problems.append("expected: " + check.what)
        if TRACE.search(text):
            problems.append("a stack trace was printed")
        print(f"{'FAILED' if problems else 'ok':7}{case.name:45}{time.monotonic() - start:6.1f} s", flush=True)
        for problem in problems:
            print("       " + problem, flush=True)
        if problems:
            failed.append(case.name)
            print("".join(f"       | {line[:300]}\n" for line in text.splitlines()[-25:]), end="", flush=True)
    print(f"{len(cases) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
