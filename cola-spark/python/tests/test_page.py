"""The program of the documentation, with the real model, from its page."""

import re

from conftest import ROOT

PAGE = ROOT / "README.md"
INSTALL = ROOT / "docs/how-to/python.md"
LINES = 20


def blocks(page, language):
    """What a page has in fences of a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def test_the_program_of_the_page_runs(spark, tmp_path, capsys):
    install = next(block for block in blocks(INSTALL, "bash") if "pip install" in block)
    (program,) = blocks(PAGE, "python")
    assert program.count('"tickets-model"') == 2
    lines = [line for line in (install + program).splitlines() if line.strip()]
    assert len(lines) <= LINES
    path = str(tmp_path / "tickets-model")
    names = {}
    exec(compile(program.replace('"tickets-model"', repr(path)), str(PAGE), "exec"), names)
    labels = [row.predictedLabel for row in names["labelled"].collect()]
    assert labels == ["billing", "delivery", "login"]
    assert "predictedLabel" in capsys.readouterr().out
    assert (tmp_path / "tickets-model/adapters/classifier").is_dir()
