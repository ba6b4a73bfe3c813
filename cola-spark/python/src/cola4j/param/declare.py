"""Params as class attributes, as pyspark.ml has them."""

from typing import Any, Callable, List

from pyspark.ml.param import Param, Params, TypeConverters


def _param(name: str, doc: str, converter: Callable[[Any], Any]) -> "Param[Any]":
    return Param(Params._dummy(), name, doc, converter)  # type: ignore[attr-defined]


def string(name: str, doc: str) -> "Param[str]":
    """A string."""
    return _param(name, doc, TypeConverters.toString)


def integer(name: str, doc: str) -> "Param[int]":
    """A whole number."""
    return _param(name, doc, TypeConverters.toInt)


def number(name: str, doc: str) -> "Param[float]":
    """A number."""
    return _param(name, doc, TypeConverters.toFloat)


def boolean(name: str, doc: str) -> "Param[bool]":
    """True or false."""
    return _param(name, doc, TypeConverters.toBoolean)


def strings(name: str, doc: str) -> "Param[List[str]]":
    """Strings."""
    return _param(name, doc, TypeConverters.toListString)


def anything(name: str, doc: str) -> "Param[Any]":
    """A value that PySpark does not convert."""
    return _param(name, doc, TypeConverters.identity)
