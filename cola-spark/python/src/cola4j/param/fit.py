"""Estimators."""

from typing import Any, TypeVar

from cola4j.param.adapter import AdapterParams
from cola4j.param.declare import string
from cola4j.param.stage import StageParams
from cola4j.param.training import TrainingParams

S = TypeVar("S")


class FitParams(StageParams, AdapterParams, TrainingParams):
    """What all estimators have."""

    validationIndicatorCol = string(
        "validationIndicatorCol",
        "column of a boolean, true where a row is for validation; without it a tenth of each "
        "task's rows is held out; an empty string for none",
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(validationIndicatorCol="")

    def getValidationIndicatorCol(self) -> str:
        """Gets the value of validationIndicatorCol."""
        return self.getOrDefault(self.validationIndicatorCol)

    def setValidationIndicatorCol(self: S, value: str) -> S:
        """Sets the value of validationIndicatorCol."""
        return self._set(validationIndicatorCol=value)  # type: ignore[attr-defined]
