"""The frozen model, and the columns of rows that are classified."""

from typing import Any, TypeVar

from pyspark.ml.param import Params

from cola4j.param.declare import string

P = TypeVar("P", bound="PredictionParams")


class PredictionParams(Params):
    """The frozen model, and the columns of rows that are classified."""

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
    textCol = string("textCol", "column of the text")
    textPairCol = string(
        "textPairCol",
        "column of the second text, where rows are pairs; an empty string for none",
    )
    taskCol = string(
        "taskCol",
        "column that names a row's task, where there are several; an empty string for none",
    )
    predictionCol = string(
        "predictionCol",
        "added column of the likeliest class's index, a double; an empty string for none",
    )
    predictedLabelCol = string(
        "predictedLabelCol",
        "added column of the likeliest class, a string; an empty string for none",
    )
    rawPredictionCol = string(
        "rawPredictionCol",
        "added column of the classes' logits, a vector; an empty string for none",
    )
    probabilityCol = string(
        "probabilityCol",
        "added column of the classes' probabilities, a vector; an empty string for none",
    )
    probabilityMapCol = string(
        "probabilityMapCol",
        "added column of a map from each class to its probability; an empty string for none",
    )
    reasonCol = string(
        "reasonCol",
        "added column of why a row has no prediction, such as a null text; an empty string for "
        "none",
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            compute="float32",
            quantize="",
            textCol="text",
            textPairCol="",
            taskCol="",
            predictionCol="prediction",
            predictedLabelCol="predictedLabel",
            rawPredictionCol="rawPrediction",
            probabilityCol="probability",
            probabilityMapCol="",
            reasonCol="",
        )

    def getModel(self) -> str:
        """Gets the value of model."""
        return self.getOrDefault(self.model)

    def setModel(self: P, value: str) -> P:
        """Sets the value of model."""
        return self._set(model=value)

    def getCompute(self) -> str:
        """Gets the value of compute."""
        return self.getOrDefault(self.compute)

    def setCompute(self: P, value: str) -> P:
        """Sets the value of compute."""
        return self._set(compute=value)

    def getQuantize(self) -> str:
        """Gets the value of quantize."""
        return self.getOrDefault(self.quantize)

    def setQuantize(self: P, value: str) -> P:
        """Sets the value of quantize."""
        return self._set(quantize=value)

    def getTextCol(self) -> str:
        """Gets the value of textCol."""
        return self.getOrDefault(self.textCol)

    def setTextCol(self: P, value: str) -> P:
        """Sets the value of textCol."""
        return self._set(textCol=value)

    def getTextPairCol(self) -> str:
        """Gets the value of textPairCol."""
        return self.getOrDefault(self.textPairCol)

    def setTextPairCol(self: P, value: str) -> P:
        """Sets the value of textPairCol."""
        return self._set(textPairCol=value)

    def getTaskCol(self) -> str:
        """Gets the value of taskCol."""
        return self.getOrDefault(self.taskCol)

    def setTaskCol(self: P, value: str) -> P:
        """Sets the value of taskCol."""
        return self._set(taskCol=value)

    def getPredictionCol(self) -> str:
        """Gets the value of predictionCol."""
        return self.getOrDefault(self.predictionCol)

    def setPredictionCol(self: P, value: str) -> P:
        """Sets the value of predictionCol."""
        return self._set(predictionCol=value)

    def getPredictedLabelCol(self) -> str:
        """Gets the value of predictedLabelCol."""
        return self.getOrDefault(self.predictedLabelCol)

    def setPredictedLabelCol(self: P, value: str) -> P:
        """Sets the value of predictedLabelCol."""
        return self._set(predictedLabelCol=value)

    def getRawPredictionCol(self) -> str:
        """Gets the value of rawPredictionCol."""
        return self.getOrDefault(self.rawPredictionCol)

    def setRawPredictionCol(self: P, value: str) -> P:
        """Sets the value of rawPredictionCol."""
        return self._set(rawPredictionCol=value)

    def getProbabilityCol(self) -> str:
        """Gets the value of probabilityCol."""
        return self.getOrDefault(self.probabilityCol)

    def setProbabilityCol(self: P, value: str) -> P:
        """Sets the value of probabilityCol."""
        return self._set(probabilityCol=value)

    def getProbabilityMapCol(self) -> str:
        """Gets the value of probabilityMapCol."""
        return self.getOrDefault(self.probabilityMapCol)

    def setProbabilityMapCol(self: P, value: str) -> P:
        """Sets the value of probabilityMapCol."""
        return self._set(probabilityMapCol=value)

    def getReasonCol(self) -> str:
        """Gets the value of reasonCol."""
        return self.getOrDefault(self.reasonCol)

    def setReasonCol(self: P, value: str) -> P:
        """Sets the value of reasonCol."""
        return self._set(reasonCol=value)
