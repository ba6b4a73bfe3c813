"""Classification of texts."""

from typing import Any, List, Optional, Sequence

from pyspark import keyword_only

from cola4j import jvm
from cola4j.param import FitParams, PredictionParams
from cola4j.param.declare import boolean, string
from cola4j.stage import ColaEstimator, ColaModel, documented


@documented
class ColaClassifier(ColaEstimator["ColaClassificationModel"], PredictionParams, FitParams):
    """Learns to classify texts: adapters and a head for one task, or for each of many that a
    column tells apart, on one frozen model.

    Labels are strings, whose sorted order gives a class its index, or indices, which a
    ``StringIndexer`` or the like names in the column's metadata; with ``problemType`` arrays of
    strings, or numbers. The rows must be the same
    whenever Spark computes them.

    Parameters
    ----------
    {params}

    Examples
    --------
    >>> classifier = ColaClassifier(model="classpath:all-minilm-l6-v2", rank=4)
    >>> model = classifier.fit(tickets)
    >>> model.summary.tasks.show()
    >>> model.write().overwrite().save("hdfs:///models/tickets")
    >>> model.transform(more).select("id", "predictedLabel", "probability").show()
    """

    labelCol = string(
        "labelCol",
        "column of the label: a string, or the index of a class; of several labels an array of"
        " strings; of a regression a number",
    )
    problemType = string(
        "problemType",
        "what labels are: single-label, a class; multi-label, any of the classes; or regression, a"
        " number",
    )
    weightCol = string(
        "weightCol",
        "column of how much a row counts in training, 0 or more; without it all count alike; an empty"
        " string for none",
    )
    tokenMerging = string(
        "tokenMerging",
        "of vision transformers how many tokens each block merges: numbers with commas between"
        " them, low or high; an empty string for none",
    )
    tokenModulation = boolean(
        "tokenModulation",
        "whether tokens are modulated before they are merged, by parameters of each block",
    )

    @keyword_only
    def __init__(
        self,
        *,
        model: Optional[str] = None,
        compute: str = "float32",
        quantize: str = "",
        textCol: str = "text",
        textPairCol: str = "",
        imageCol: str = "",
        labelCol: str = "label",
        problemType: str = "single-label",
        weightCol: str = "",
        taskCol: str = "",
        validationIndicatorCol: str = "",
        predictionCol: str = "prediction",
        predictedLabelCol: str = "predictedLabel",
        rawPredictionCol: str = "rawPrediction",
        probabilityCol: str = "probability",
        probabilityMapCol: str = "",
        reasonCol: str = "",
        method: str = "cola",
        a: Optional[int] = None,
        b: Optional[int] = None,
        rank: int = 8,
        alpha: Optional[float] = None,
        pairing: str = "full",
        init: Optional[str] = None,
        dropout: float = 0.0,
        targets: Sequence[str] = ("all-linear",),
        tokenMerging: str = "",
        tokenModulation: bool = False,
        epochs: int = 10,
        batchSize: int = 16,
        maxTokens: int = 2048,
        maxLength: int = 512,
        learningRate: float = 0.0003,
        headLearningRate: float = 0.003,
        weightDecay: float = 0.0,
        schedule: str = "cosine",
        warmup: float = 0.1,
        examplesPerShard: int = 200,
        localSteps: int = 0,
        patience: int = 4,
        metric: str = "last",
        maxBadRows: int = 100,
        checkpointDir: str = "",
        checkpointInterval: int = 1,
        seed: int = 42,
    ) -> None:
        super().__init__()
        self._setDefault(labelCol="label", problemType="single-label", weightCol="")
        self._setDefault(tokenMerging="", tokenModulation=False)
        self._start(self._input_kwargs)  # type: ignore[attr-defined]

    def getLabelCol(self) -> str:
        """Gets the value of labelCol."""
        return self.getOrDefault(self.labelCol)

    def setLabelCol(self, value: str) -> "ColaClassifier":
        """Sets the value of labelCol."""
        return self._set(labelCol=value)

    def getProblemType(self) -> str:
        """Gets the value of problemType."""
        return self.getOrDefault(self.problemType)

    def setProblemType(self, value: str) -> "ColaClassifier":
        """Sets the value of problemType."""
        return self._set(problemType=value)

    def getWeightCol(self) -> str:
        """Gets the value of weightCol."""
        return self.getOrDefault(self.weightCol)

    def setWeightCol(self, value: str) -> "ColaClassifier":
        """Sets the value of weightCol."""
        return self._set(weightCol=value)

    def getTokenMerging(self) -> str:
        """Gets the value of tokenMerging."""
        return self.getOrDefault(self.tokenMerging)

    def setTokenMerging(self, value: str) -> "ColaClassifier":
        """Sets the value of tokenMerging."""
        return self._set(tokenMerging=value)

    def getTokenModulation(self) -> bool:
        """Gets the value of tokenModulation."""
        return self.getOrDefault(self.tokenModulation)

    def setTokenModulation(self, value: bool) -> "ColaClassifier":
        """Sets the value of tokenModulation."""
        return self._set(tokenModulation=value)

    def _create_model(self, java_model: Any) -> "ColaClassificationModel":
        return ColaClassificationModel(java_model)


class ColaClassificationModel(ColaModel, PredictionParams):
    """Classifies texts with the adapters that :py:class:`ColaClassifier` has trained, on
    executors. A row that cannot be classified, such as one with a null text or of an unknown
    task, has null predictions.

    Its params are those of the estimator that say where the frozen model and the columns are.

    Examples
    --------
    >>> model = ColaClassificationModel.load("hdfs:///models/tickets")
    >>> model.setReasonCol("reason").transform(more).show()
    """

    @classmethod
    def from_adapters(
        cls,
        path: str,
        model: Optional[str] = None,
        text: Optional[str] = None,
        pair: Optional[str] = None,
    ) -> "ColaClassificationModel":
        """A model of the adapters that ``cola train`` has written. Where there are several tasks, a
        row's is in the column ``task``.

        Parameters
        ----------
        path : str
            a folder of adapters, as ``results/adapters``, or one adapter's
        model : str, optional
            where the frozen model is now; without it, where it was at training
        text, pair : str, optional
            columns of the texts; without them, those that all adapters have learnt from
        """
        columns = None
        if text is not None or pair is not None:
            columns = jvm.running_jvm().io.github.cola4j.spark.data.Columns(text, pair, None)
        return cls._of_adapters(path, model, columns)

    @property
    def problemType(self) -> str:
        """What the labels are that it predicts: single-label, multi-label or regression."""
        return str(self._ask("problemType"))

    def labels(self, task: Optional[str] = None) -> List[str]:
        """The classes of a task by index; ``task`` is needed where there are several."""
        return list(self._ask("labels", *([] if task is None else [task])))
