"""The notebooks run, and their committed outputs are those of their cells."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from execute import FEW, FOLDER, execute, read, sources

ROOT = FOLDER.parents[1]


@pytest.fixture(scope="session", autouse=True)
def model(tmp_path_factory):
    """SmolLM2's folder; it is made where the environment has none."""
    if "COLA_SMOLLM2" not in os.environ:
        folder = str(tmp_path_factory.mktemp("model") / "smollm2")
        subprocess.run([sys.executable, ROOT / "tools/smollm2_to_hf.py", folder], check=True)
        os.environ["COLA_SMOLLM2"] = folder


def shape(notebook):
    """The kinds of a notebook's outputs, by cell."""
    return [
        [(output.output_type, sorted(output.get("data", []))) for output in cell.get("outputs", [])]
        for cell in notebook.cells
    ]


@pytest.mark.parametrize("name", FEW)
def test_every_cell_runs_and_shows_what_is_committed(name, tmp_path):
    assert shape(execute(name, tmp_path, FEW[name])) == shape(read(name))


@pytest.mark.parametrize("name", FEW)
def test_committed_outputs_are_of_these_cells(name):
    notebook = read(name)
    assert notebook.metadata.cola4j.sources == sources(notebook), "run: python execute.py --write"
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("name", FEW)
def test_committed_outputs_are_small_and_without_noise(name):
    path = FOLDER / f"{name}.ipynb"
    assert path.stat().st_size < 200_000
    outputs = [output for cell in read(name).cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    text = path.read_text("utf-8")
    for place in (str(Path.home()), str(ROOT)):
        assert not re.search(rf'{re.escape(place)}[/\\"]', text)
    assert "/tmp/" not in text
