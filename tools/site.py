"""Hooks of mkdocs.yml: the site needs no network, and its pages link what the repository's pages link.

Pages link files beside docs, such as ../README.md or a notebook. Those become pages or files of the site. Formulas
become MathML when the site is built, which browsers draw without a script.
"""

import html
import os
import re
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BESIDE = "repository/"
LINK = re.compile(r"(\]\()(?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?(\))")
FENCE = re.compile(r"(?ms)^```.*?^```$")
FORMULA = re.compile(r'(?s)<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>')


def _target(page, link):
    """The file that a page of the repository links, from the root; None if there is none."""
    path = Path(os.path.normpath(page.parent / link))
    return path if (ROOT / path).exists() else None


def _links(page):
    text = FENCE.sub("", (ROOT / page).read_text("utf-8"))
    return {_target(page, match.group(2)) for match in LINK.finditer(text)} - {None}


def on_files(files, config):
    """Adds the files beside docs that pages link, and those that these link."""
    todo = [Path("docs") / each.src_uri for each in files if each.src_uri.endswith(".md")]
    seen = set(todo)
    while todo:
        for target in _links(todo.pop()):
            if target in seen or target.parts[0] == "docs" or not (ROOT / target).is_file():
                continue
            seen.add(target)
            content = (ROOT / target).read_bytes()
            if target.suffix == ".md":
                content = content.decode("utf-8")
                todo.append(target)
            files.append(File.generated(config, BESIDE + target.as_posix(), content=content))
    return files


def on_page_markdown(markdown, page, config, files):
    """Links as the site has them; a folder of the repository is no link."""
    uri = page.file.src_uri
    here = Path(uri.removeprefix(BESIDE)) if uri.startswith(BESIDE) else Path("docs") / uri

    def link(match):
        target = _target(here, match.group(2))
        if target is None:
            return match.group(0)
        if (ROOT / target).is_dir():
            return "]{.folder}"
        beside = target.parts[0] != "docs"
        place = Path(BESIDE) / target if beside else target.relative_to("docs")
        path = os.path.relpath(place, Path(uri).parent)
        return match.group(1) + path.replace(os.sep, "/") + (match.group(3) or "") + ")"

    parts = re.split(r"(?ms)(^```.*?^```$)", markdown)
    return "".join(part if part.startswith("```") else LINK.sub(link, part) for part in parts)


def on_page_content(content, page, config, files):
    """Formulas as MathML."""

    def formula(match):
        display = "block" if match.group(1) == "div" else "inline"
        return convert(html.unescape(match.group(2)).strip(), display=display)

    return FORMULA.sub(formula, content)
