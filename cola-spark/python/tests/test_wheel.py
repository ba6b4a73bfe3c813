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


def test_a_wheel_has_license_and_readme_and_no_jar_unless_one_is_named(tmp_path):
    assert build(tmp_path, "").returncode == 0
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        text = wheel.read(metadata).decode()
        license = next(name for name in names if name.endswith("licenses/LICENSE"))
        assert wheel.read(license) == (ROOT / "LICENSE").read_bytes()
    assert not [name for name in names if name.endswith(".jar")]
    assert "License-Expression: Apache-2.0" in text
    assert "# CoLA4J for PySpark" in text


def test_two_builds_are_equal(tmp_path):
    wheels = []
    for name in ["one", "two"]:
        built = build(tmp_path / name, "")
        assert built.returncode == 0, built.stderr
        wheels.append(next((tmp_path / name).glob("*.whl")).read_bytes())
    assert wheels[0] == wheels[1]


def test_a_jar_that_is_missing_is_named(tmp_path):
    built = build(tmp_path, "/nowhere/cola4j.jar")
    assert built.returncode != 0
    assert "COLA4J_JARS names /nowhere/cola4j.jar, which is no file" in built.stderr
