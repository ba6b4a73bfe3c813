"""Jars are built into a wheel on request."""

import os
import subprocess
import sys
import zipfile

import pytest

from conftest import ROOT

pytest.importorskip("hatchling")
PROJECT = ROOT / "cola-spark/python"


def build(folder, jars):
    """Builds the wheel; gives the process."""
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        env={**os.environ, "COLA4J_JARS": jars},
        capture_output=True,
        text=True,
    )


def test_jars_are_built_in(tmp_path):
    jar = tmp_path / "cola4j-0.1.0-SNAPSHOT-spark-4.1-cpu.jar"
    jar.write_bytes(b"jar")
    built = build(tmp_path, f"{jar}{os.pathsep}")
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert f"cola4j/jars/{jar.name}" in wheel.namelist()
        assert "cola4j/py.typed" in wheel.namelist()


def test_a_jar_that_is_missing_is_named(tmp_path):
    built = build(tmp_path, "/nowhere/cola4j.jar")
    assert built.returncode != 0
    assert "COLA4J_JARS names /nowhere/cola4j.jar, which is no file" in built.stderr
