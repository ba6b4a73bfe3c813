"""Classification."""

from typing import Any, TypeVar

from cola4j.param.declare import string
from cola4j.param.stage import StageParams

S = TypeVar("S")


class PredictionParams(StageParams):
    """Columns of texts or images, and of their classes."""

    textCol = string("textCol", "column of the text")
    textPairCol = string(
        "textPairCol",
        "column of the second text, where rows are pairs; an empty string for none",
    )
    imageCol = string(
        "imageCol",
        "column of the image, where rows are images: bytes of a PNG or JPEG, or a struct of Spark's"
        " image source; an empty string for none",
    )
    predictionCol = string(
        "predictionCol",
        "added column of the likeliest class's index, a double; of several labels their indices, an"
        " array of doubles; of a regression the number; an empty string for none",
    )
    predictedLabelCol = string(
        "predictedLabelCol",
        "added column of the likeliest class, a string; of several labels an array of strings; none"
        " of a regression; an empty string for none",
    )
    rawPredictionCol = string(
        "rawPredictionCol",
        "added column of the classes' logits, a vector; none of a regression; an empty string for"
        " none",
    )
    probabilityCol = string(
        "probabilityCol",
        "added column of the classes' probabilities, a vector; none of a regression; an empty string"
        " for none",
    )
    probabilityMapCol = string(
        "probabilityMapCol",
        "added column of a map from each class to its probability; an empty string for none",
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            textCol="text",
            textPairCol="",
            imageCol="",
            predictionCol="prediction",
            predictedLabelCol="predictedLabel",
            rawPredictionCol="rawPrediction",
            probabilityCol="probability",
            probabilityMapCol="",
        )

    def getTextCol(self) -> str:
        """Gets the value of textCol."""
        return self.getOrDefault(self.textCol)

    def setTextCol(self: S, value: str) -> S:
        """Sets the value of textCol."""
        return self._set(textCol=value)  # type: ignore[attr-defined]

    def getTextPairCol(self) -> str:
        """Gets the value of textPairCol."""
        return self.getOrDefault(self.textPairCol)

    def setTextPairCol(self: S, value: str) -> S:
        """Sets the value of textPairCol."""
        return self._set(textPairCol=value)  # type: ignore[attr-defined]

    def getImageCol(self) -> str:
        """Gets the value of imageCol."""
        return self.getOrDefault(self.imageCol)

    def setImageCol(self: S, value: str) -> S:
        """Sets the value of imageCol."""
        return self._set(imageCol=value)  # type: ignore[attr-defined]

    def getPredictionCol(self) -> str:
        """Gets the value of predictionCol."""
        return self.getOrDefault(self.predictionCol)

    def setPredictionCol(self: S, value: str) -> S:
        """Sets the value of predictionCol."""
        return self._set(predictionCol=value)  # type: ignore[attr-defined]

    def getPredictedLabelCol(self) -> str:
        """Gets the value of predictedLabelCol."""
        return self.getOrDefault(self.predictedLabelCol)

    def setPredictedLabelCol(self: S, value: str) -> S:
        """Sets the value of predictedLabelCol."""
        return self._set(predictedLabelCol=value)  # type: ignore[attr-defined]

    def getRawPredictionCol(self) -> str:
        """Gets the value of rawPredictionCol."""
        return self.getOrDefault(self.rawPredictionCol)

    def setRawPredictionCol(self: S, value: str) -> S:
        """Sets the value of rawPredictionCol."""
        return self._set(rawPredictionCol=value)  # type: ignore[attr-defined]

    def getProbabilityCol(self) -> str:
        """Gets the value of probabilityCol."""
        return self.getOrDefault(self.probabilityCol)

    def setProbabilityCol(self: S, value: str) -> S:
        """Sets the value of probabilityCol."""
        return self._set(probabilityCol=value)  # type: ignore[attr-defined]

    def getProbabilityMapCol(self) -> str:
        """Gets the value of probabilityMapCol."""
        return self.getOrDefault(self.probabilityMapCol)

    def setProbabilityMapCol(self: S, value: str) -> S:
        """Sets the value of probabilityMapCol."""
        return self._set(probabilityMapCol=value)  # type: ignore[attr-defined]
