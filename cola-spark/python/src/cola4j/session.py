"""Spark sessions that have CoLA4J's jar."""

import os
import re
from pathlib import Path
from typing import List, Optional, Sequence

import pyspark
from pyspark import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

from cola4j import jvm

_VARIABLE = "COLA4J_JARS"
_LINE = re.compile(r"^cola4j-.*-spark-(\d+\.\d+)-[^-]+\.jar$")
_VECTOR = "--add-modules=jdk.incubator.vector"


def jars() -> List[str]:
    """The jars for this version of Spark: those that the environment variable ``COLA4J_JARS`` has,
    as ``PATH`` has folders, or else those that were built into this package.

    Raises
    ------
    JarError
        If there is none.
    """
    named = os.environ.get(_VARIABLE)
    if named:
        where = f"the environment variable {_VARIABLE}"
        found = [each for each in named.split(os.pathsep) if each]
    else:
        where = "this package"
        found = sorted(str(each) for each in Path(__file__).with_name("jars").glob("*.jar"))
    return _for_spark(found, where)


_packaged = jars  # session has an argument of this name


def _for_spark(found: Sequence[str], where: str) -> List[str]:
    """Leaves out jars for other lines of Spark."""
    line = ".".join(pyspark.__version__.split(".")[:2])
    chosen, lines = [], []
    for jar in found:
        match = _LINE.match(os.path.basename(jar))
        if match:
            lines.append(match.group(1))
        if match is None or match.group(1) == line:
            chosen.append(jar)
    if line not in lines:
        have = f"has it for Spark {' and '.join(lines)}" if lines else "has none"
        raise jvm.JarError(
            f"CoLA4J's jar for Spark {line} is missing: {where} {have}; build it with "
            f"'mvn -Passembly -DskipTests package' and pass cola4j.session(jars=[...]) its path, or "
            f"set {_VARIABLE}"
        )
    return chosen


def session(
    builder: Optional[SparkSession.Builder] = None, jars: Optional[Sequence[str]] = None
) -> SparkSession:
    """Starts Spark with CoLA4J's jar, or takes the session that has it already.

    Parameters
    ----------
    builder : SparkSession.Builder, optional
        the session's options
    jars : list of str, optional
        paths or URIs of CoLA4J's jar and of more, such as a model's; by default :py:func:`jars`

    Raises
    ------
    JarError
        If there is no jar for this version of Spark, or a session without it runs already.

    Examples
    --------
    >>> spark = cola4j.session(SparkSession.builder.master("spark://host:7077"))
    """
    builder = SparkSession.builder if builder is None else builder
    if is_remote() or "spark.remote" in builder._options:  # type: ignore[attr-defined]
        raise RuntimeError(
            "cola4j.session() is for sessions without Spark Connect; start the server with the jar, "
            "and connect by SparkSession.builder.remote(...).getOrCreate()"
        )
    if SparkContext._active_spark_context is None:
        found = _packaged() if jars is None else list(jars)
        _add(builder, "spark.jars", ",", ",".join(found))
        if pyspark.__version__ < "4":  # the launcher of Spark 4 adds it
            for part in ("driver", "executor"):
                _add(builder, f"spark.{part}.extraJavaOptions", " ", _VECTOR)
    spark = builder.getOrCreate()
    jvm.java_class("ColaClassifier")
    return spark


def _add(builder: SparkSession.Builder, key: str, separator: str, value: str) -> None:
    """Adds to what the builder has for a key."""
    given = builder._options.get(key)  # type: ignore[attr-defined]
    builder.config(key, f"{given}{separator}{value}" if given else value)
