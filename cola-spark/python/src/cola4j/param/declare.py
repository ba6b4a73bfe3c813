"""Params as class attributes, as pyspark.ml has them."""

from typing import List

from pyspark.ml.param import Param, Params, TypeConverters


def string(name: str, doc: str) -> "Param[str]":
    """A string."""
    return Param(Params._dummy(), name, doc, TypeConverters.toString)  # type: ignore[attr-defined]


def integer(name: str, doc: str) -> "Param[int]":
    """A whole number."""
    return Param(Params._dummy(), name, doc, TypeConverters.toInt)  # type: ignore[attr-defined]


def number(name: str, doc: str) -> "Param[float]":
    """A number."""
    return Param(Params._dummy(), name, doc, TypeConverters.toFloat)  # type: ignore[attr-defined]


def strings(name: str, doc: str) -> "Param[List[str]]":
    """Strings."""
    return Param(
        Params._dummy(), name, doc, TypeConverters.toListString  # type: ignore[attr-defined]
    )


def boolean(name: str, doc: str) -> "Param[bool]":
    """True or false."""
    return Param(
        Params._dummy(), name, doc, TypeConverters.toBoolean  # type: ignore[attr-defined]
    )
