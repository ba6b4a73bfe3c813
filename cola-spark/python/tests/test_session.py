"""The jar: which one is taken, and what is said where it is missing or another one."""

import os
import subprocess
import sys
import xml.etree.ElementTree as xml

import pyspark
import pytest

import cola4j
from cola4j import jvm
from conftest import ROOT

LINE = ".".join(pyspark.__version__.split(".")[:2])
OTHER = "3.5" if LINE == "4.1" else "4.1"


def test_the_version_is_mavens():
    version = xml.parse(ROOT / "pom.xml").getroot().find("{*}version").text
    assert jvm.java_version() == version


def test_jars_of_this_spark_are_taken(monkeypatch):
    own = f"/jars/cola4j-0.1.0-SNAPSHOT-spark-{LINE}-cpu.jar"
    other = f"/jars/cola4j-0.1.0-SNAPSHOT-spark-{OTHER}-cpu.jar"
    monkeypatch.setenv("COLA4J_JARS", os.pathsep.join([own, other, "/jars/model.jar"]))
    assert cola4j.jars() == [own, "/jars/model.jar"]
    monkeypatch.setenv("COLA4J_JARS", other)
    with pytest.raises(
        cola4j.JarError,
        match=f"jar for Spark {LINE} is missing: the environment variable COLA4J_JARS has it for"
        f" Spark {OTHER}; build it with",
    ):
        cola4j.jars()


def test_a_jar_of_another_version_is_refused(spark, monkeypatch):
    monkeypatch.setattr(jvm, "__version__", "9.9.0")
    with pytest.raises(
        cola4j.JarError,
        match="cola4j is of version 9.9.0 and needs the jar 9.9.0, but Spark has the jar 0.",
    ):
        cola4j.ColaClassifier()
    with pytest.raises(cola4j.JarError, match="install both from one build"):
        cola4j.ColaClassificationModel.load("anywhere")


def test_a_running_session_is_taken(spark):
    assert cola4j.session() is spark


WITHOUT = """
import cola4j
from pyspark.sql import SparkSession

def said(call):
    try:
        call()
    except RuntimeError as e:
        print("SAID", type(e).__name__, e)

said(cola4j.ColaClassifier)
SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
said(cola4j.ColaClassifier)
said(cola4j.session)
said(lambda: cola4j.ColaClassificationModel.load("anywhere"))
"""


def test_without_a_jar_one_sentence_says_so():
    environment = {**os.environ, "COLA4J_JARS": "", "SPARK_LOCAL_IP": "127.0.0.1"}
    out = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = [line for line in out.stdout.splitlines() if line.startswith("SAID")]
    assert len(said) == 4, out.stderr
    assert said[0] == (
        "SAID RuntimeError no Spark session is running; start one with cola4j.session()"
    )
    for line in said[1:]:
        assert line.startswith("SAID JarError CoLA4J's jar is not on the class path of the running")
        assert "start it with cola4j.session(jars=[...])" in line
