"""A search for the best params."""

from typing import Any, Dict, List, Optional, Sequence

from pyspark import keyword_only
from pyspark.ml import Estimator
from pyspark.ml.param import Param, Params
from pyspark.ml.wrapper import JavaModel, JavaParams
from pyspark.sql import DataFrame

from cola4j import jvm
from cola4j.param.declare import anything, integer
from cola4j.stage import ColaEstimator, ColaModel, documented

ParamMap = Dict[Param, Any]


@documented
class ColaSweep(Estimator["ColaSweepModel"]):
    """Finds the best params of a :py:class:`ColaClassifier` or :py:class:`ColaLanguageModel` by
    successive halving: all candidates train ``firstEpochs`` epochs, the best of them ``eta`` times
    as many, and so on up to the estimator's ``epochs``. They share the frozen model and the
    tokenised rows, so a sweep costs little more than a fit.

    It is not written itself; the model's ``bestModel`` is.

    Parameters
    ----------
    {params}

    Examples
    --------
    >>> grid = ParamGridBuilder().addGrid(classifier.learningRate, [1e-4, 3e-4, 1e-3]).build()
    >>> model = ColaSweep(estimator=classifier, estimatorParamMaps=grid).fit(tickets)
    >>> model.summary.show()
    >>> model.bestModel.save("hdfs:///models/tickets")
    """

    estimator = anything(
        "estimator", "the ColaClassifier or ColaLanguageModel whose params are looked for"
    )
    estimatorParamMaps = anything(
        "estimatorParamMaps", "the candidates' params, as of ParamGridBuilder"
    )
    eta = integer("eta", "of n candidates of a rung the best n / eta, rounded down, train on")
    firstEpochs = integer("firstEpochs", "epochs that all candidates train")
    parallelism = integer("parallelism", "candidates that are trained at a time")

    @keyword_only
    def __init__(
        self,
        *,
        estimator: Optional["ColaEstimator[Any]"] = None,
        estimatorParamMaps: Optional[Sequence[ParamMap]] = None,
        eta: int = 3,
        firstEpochs: int = 1,
        parallelism: int = 4,
    ) -> None:
        super().__init__()
        jvm.require_no_connect("ColaSweep", "use CrossValidator")
        self._setDefault(eta=3, firstEpochs=1, parallelism=4)
        self._set(**self._input_kwargs)  # type: ignore[attr-defined]

    def setParams(self, **params: Any) -> "ColaSweep":
        """Sets params by their names."""
        return self._set(**params)  # type: ignore[return-value]

    def getEstimator(self) -> "ColaEstimator[Any]":
        """Gets the value of estimator."""
        return self.getOrDefault(self.estimator)

    def setEstimator(self, value: "ColaEstimator[Any]") -> "ColaSweep":
        """Sets the value of estimator."""
        return self.setParams(estimator=value)

    def getEstimatorParamMaps(self) -> List[ParamMap]:
        """Gets the value of estimatorParamMaps."""
        return self.getOrDefault(self.estimatorParamMaps)

    def setEstimatorParamMaps(self, value: Sequence[ParamMap]) -> "ColaSweep":
        """Sets the value of estimatorParamMaps."""
        return self.setParams(estimatorParamMaps=value)

    def getEta(self) -> int:
        """Gets the value of eta."""
        return self.getOrDefault(self.eta)

    def setEta(self, value: int) -> "ColaSweep":
        """Sets the value of eta."""
        return self.setParams(eta=value)

    def getFirstEpochs(self) -> int:
        """Gets the value of firstEpochs."""
        return self.getOrDefault(self.firstEpochs)

    def setFirstEpochs(self, value: int) -> "ColaSweep":
        """Sets the value of firstEpochs."""
        return self.setParams(firstEpochs=value)

    def getParallelism(self) -> int:
        """Gets the value of parallelism."""
        return self.getOrDefault(self.parallelism)

    def setParallelism(self, value: int) -> "ColaSweep":
        """Sets the value of parallelism."""
        return self.setParams(parallelism=value)

    def _java(self) -> Any:
        """The Java sweep with the params of this one."""
        java = jvm.java_class("ColaSweep")(self.uid)
        for param in (self.eta, self.firstEpochs, self.parallelism):
            java.set(java.getParam(param.name).w(self.getOrDefault(param)))
        if self.isSet(self.estimator):
            java.setEstimator(self.getEstimator()._to_java())
        if self.isSet(self.estimator) and self.isSet(self.estimatorParamMaps):
            maps = [self._java_map(each) for each in self.getEstimatorParamMaps()]
            kind = jvm.running_jvm().org.apache.spark.ml.param.ParamMap
            java.setEstimatorParamMaps(JavaParams._new_java_array(maps, kind))
        return java

    def _java_map(self, params: ParamMap) -> Any:
        for param in params:
            if param not in self.getEstimator().params:
                raise ValueError(
                    f"{self.uid}: a candidate has the param {param!s}, which is none of the "
                    f"estimator {self.getEstimator().uid}; make the grid of the estimator's params"
                )
        return self.getEstimator()._transfer_param_map_to_java(params)

    def _fit(self, dataset: DataFrame) -> "ColaSweepModel":
        return ColaSweepModel(self._java().fit(dataset._jdf))

    def copy(self, extra: Optional[ParamMap] = None) -> "ColaSweep":
        """Copies the sweep, and the estimator with extra params."""
        copied = Params.copy(self, extra)
        if copied.isSet(copied.estimator):
            copied.setEstimator(copied.getEstimator().copy(extra))
        return copied


class ColaSweepModel(JavaModel):
    """The best candidate's model, and how all candidates did. It is written as
    :py:attr:`bestModel`; the table is not.
    """

    @property
    def bestModel(self) -> ColaModel:
        """A model to be used and written."""
        assert self._java_obj is not None
        return JavaParams._from_java(self._java_obj.bestModel())

    @property
    def bestIndex(self) -> int:
        """The place of the best candidate's params among the estimator's."""
        return self._call_java("bestIndex")

    @property
    def summary(self) -> DataFrame:
        """A row for each candidate at the end of each rung that it began."""
        return self._call_java("summary")

    @property
    def examplesTrained(self) -> int:
        """Examples that all candidates together were trained on, each as often as it was seen."""
        return self._call_java("examplesTrained")
