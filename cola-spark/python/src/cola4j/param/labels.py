"""Labelled rows."""

from typing import Any, TypeVar

from pyspark.ml.param import Params

from cola4j.param.declare import string

P = TypeVar("P", bound="LabelParams")


class LabelParams(Params):
    """Labelled rows."""

    labelCol = string("labelCol", "column of the label: a string, or the index of a class")
    validationIndicatorCol = string(
        "validationIndicatorCol",
        "column of a boolean, true where a row is for validation; without it a tenth of each "
        "task's rows is held out; an empty string for none",
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            labelCol="label",
            validationIndicatorCol="",
        )

    def getLabelCol(self) -> str:
        """Gets the value of labelCol."""
        return self.getOrDefault(self.labelCol)

    def setLabelCol(self: P, value: str) -> P:
        """Sets the value of labelCol."""
        return self._set(labelCol=value)

    def getValidationIndicatorCol(self) -> str:
        """Gets the value of validationIndicatorCol."""
        return self.getOrDefault(self.validationIndicatorCol)

    def setValidationIndicatorCol(self: P, value: str) -> P:
        """Sets the value of validationIndicatorCol."""
        return self._set(validationIndicatorCol=value)
