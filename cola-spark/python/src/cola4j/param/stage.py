"""What all stages have."""

from typing import Any, TypeVar

from pyspark.ml.param import Params

from cola4j.param.declare import string

S = TypeVar("S")


class StageParams(Params):
    """The frozen model, and columns of rows that stages of all kinds have."""

    model = string("model", "location of the frozen model, as a folder or classpath:NAME")
    compute = string(
        "compute",
        "in which type the frozen weights' products take their inputs: float32 or bfloat16",
    )
    quantize = string(
        "quantize",
        "what the frozen linear layers' weights are quantised to: int8 or nf4; an empty string "
        "for nothing",
    )
    taskCol = string(
        "taskCol",
        "column that names a row's task, where there are several; an empty string for none",
    )
    reasonCol = string(
        "reasonCol",
        "added column of why a row has no prediction or answer, such as a null text; an empty "
        "string for none",
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(compute="float32", quantize="", taskCol="", reasonCol="")

    def getModel(self) -> str:
        """Gets the value of model."""
        return self.getOrDefault(self.model)

    def setModel(self: S, value: str) -> S:
        """Sets the value of model."""
        return self._set(model=value)  # type: ignore[attr-defined]

    def getCompute(self) -> str:
        """Gets the value of compute."""
        return self.getOrDefault(self.compute)

    def setCompute(self: S, value: str) -> S:
        """Sets the value of compute."""
        return self._set(compute=value)  # type: ignore[attr-defined]

    def getQuantize(self) -> str:
        """Gets the value of quantize."""
        return self.getOrDefault(self.quantize)

    def setQuantize(self: S, value: str) -> S:
        """Sets the value of quantize."""
        return self._set(quantize=value)  # type: ignore[attr-defined]

    def getTaskCol(self) -> str:
        """Gets the value of taskCol."""
        return self.getOrDefault(self.taskCol)

    def setTaskCol(self: S, value: str) -> S:
        """Sets the value of taskCol."""
        return self._set(taskCol=value)  # type: ignore[attr-defined]

    def getReasonCol(self) -> str:
        """Gets the value of reasonCol."""
        return self.getOrDefault(self.reasonCol)

    def setReasonCol(self: S, value: str) -> S:
        """Sets the value of reasonCol."""
        return self._set(reasonCol=value)  # type: ignore[attr-defined]
