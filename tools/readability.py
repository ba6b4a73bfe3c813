"""Measures the documents and fails where they are hard to read: python tools/readability.py

A page has at most 1,500 words and a line at most 120 characters, but for tables, code and links. In the README and the
tutorials a sentence has fewer than 20 words on average.
It needs nothing but Python.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS, LINE, SENTENCE = 1500, 120, 20


def pages():
    """All pages but decisions and those that are generated."""
    yield ROOT / "README.md"
    for page in sorted((ROOT / "docs").rglob("*.md")):
        name = page.relative_to(ROOT).as_posix()
        if not name.startswith(("docs/adr/0", "docs/reference/cli/")):
            yield page


def without_code(text):
    """The text without fenced code; lines stay where they are."""
    return re.sub(r"(?ms)^```.*?^```$", lambda block: "\n" * block.group(0).count("\n"), text)


def sentences(text):
    """The sentences of paragraphs and lists, without headings, tables and pictures."""
    lines = [
        "\n" if not line.strip() or line.startswith(("#", "|", "![")) else line
        for line in without_code(text).split("\n")
    ]
    prose = re.sub(r"\]\([^)]*\)", "]", "\n".join(lines))
    for paragraph in re.split(r"\n\s*\n|\n\s*(?:[-*]|\d+\.) ", prose):
        for sentence in re.split(r"(?<=[.:?!])\s+(?=[^a-z])", paragraph):
            words = re.findall(r"[\w`][\w`'’.,/-]*", sentence)
            if words:
                yield words


def long_lines(text):
    for number, line in enumerate(without_code(text).split("\n"), 1):
        plain = re.sub(r"\]\([^)]*\)", "]", line)
        if len(plain) > LINE and not line.startswith(("|", "    ", "![", "$$")):
            yield number


def main():
    problems = []
    total = 0
    for page in pages():
        name = page.relative_to(ROOT).as_posix()
        text = page.read_text("utf-8")
        words = len(text.split())
        total += words
        if words > WORDS:
            problems.append(f"{name}: {words} words; split it, at most {WORDS}")
        for number in long_lines(text):
            problems.append(f"{name}:{number}: more than {LINE} characters; wrap the line")
        if name == "README.md" or name.startswith("docs/tutorials/"):
            lengths = [len(sentence) for sentence in sentences(text)]
            mean = sum(lengths) / len(lengths)
            print(f"{name}: {len(lengths)} sentences of {mean:.1f} words on average")
            if mean >= SENTENCE:
                problems.append(f"{name}: {mean:.1f} words a sentence on average; below {SENTENCE}")
    print(f"{total:,} words in all")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
