"""Classification of texts."""

from typing import Any, List, Optional, Sequence

from pyspark import keyword_only
from pyspark.ml.wrapper import JavaModel
from pyspark.sql.utils import is_remote

from cola4j import jvm
from cola4j.param import AdapterParams, LabelParams, PredictionParams, TrainingParams
from cola4j.stage import ColaEstimator, Stage, documented
from cola4j.summary import ColaTrainingSummary


@documented
class ColaClassifier(ColaEstimator, PredictionParams, LabelParams, AdapterParams, TrainingParams):
    """Learns to classify texts: adapters and a head for one task, or for each of many that a
    column tells apart, on one frozen model.

    Labels are strings, whose sorted order gives a class its index, or indices, which a
    ``StringIndexer`` or the like names in the column's metadata. The rows must be the same
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

    @keyword_only
    def __init__(
        self,
        *,
        model: Optional[str] = None,
        compute: str = "float32",
        quantize: str = "",
        textCol: str = "text",
        textPairCol: str = "",
        taskCol: str = "",
        predictionCol: str = "prediction",
        predictedLabelCol: str = "predictedLabel",
        rawPredictionCol: str = "rawPrediction",
        probabilityCol: str = "probability",
        probabilityMapCol: str = "",
        reasonCol: str = "",
        labelCol: str = "label",
        validationIndicatorCol: str = "",
        method: str = "cola",
        a: Optional[int] = None,
        b: Optional[int] = None,
        rank: int = 8,
        alpha: Optional[float] = None,
        pairing: str = "full",
        init: Optional[str] = None,
        dropout: float = 0.0,
        targets: Sequence[str] = ("all-linear",),
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
        metric: str = "accuracy",
        maxBadRows: int = 100,
        checkpointDir: str = "",
        checkpointInterval: int = 1,
        seed: int = 42,
    ) -> None:
        super().__init__()
        self._java_obj = jvm.new_stage("ColaClassifier", self.uid)
        self._set(**self._input_kwargs)  # type: ignore[attr-defined]

    def setParams(self, **params: Any) -> "ColaClassifier":
        """Sets params by their names."""
        return self._set(**params)

    def _create_model(self, java_model: Any) -> "ColaClassificationModel":
        return ColaClassificationModel(java_model)


class ColaClassificationModel(Stage, JavaModel, PredictionParams):
    """Classifies texts with the adapters that :py:class:`ColaClassifier` has trained, on
    executors. A row that cannot be classified, such as one with a null text or of an unknown
    task, has null predictions.

    Its params are those of the estimator that tell where the frozen model and the columns are.

    Examples
    --------
    >>> model = ColaClassificationModel.load("hdfs:///models/tickets")
    >>> model.setReasonCol("reason").transform(more).show()
    """

    @classmethod
    def load(cls, path: str, model: Optional[str] = None) -> "ColaClassificationModel":
        """Reads the model that was written to a path.

        Parameters
        ----------
        path : str
            of any of Hadoop's file systems
        model : str, optional
            where the frozen model is now; without it, where it was at training
        """
        if model is None:
            return cls.read().load(path)
        return cls._from_java(jvm.java_class(cls.__name__).load(path, model))

    @property
    def tasks(self) -> List[str]:
        """The tasks' names, sorted."""
        return list(self._call_java("tasks"))

    def labels(self, task: Optional[str] = None) -> List[str]:
        """The classes of a task by index; ``task`` is needed where there are several."""
        return list(self._call_java("labels", *([] if task is None else [task])))

    @property
    def hasSummary(self) -> bool:
        """Whether there is a summary: after a fit, not after reading."""
        return self._call_java("hasSummary")

    @property
    def summary(self) -> ColaTrainingSummary:
        """How training went."""
        assert self._java_obj is not None
        return ColaTrainingSummary(self._java_obj.summary())
