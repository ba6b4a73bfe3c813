"""Training."""

from typing import Any, TypeVar

from pyspark.ml.param import Params

from cola4j.param.declare import integer, number, string

S = TypeVar("S")


class SeedParams(Params):
    """The seed."""

    seed = integer("seed", "seed of all randomness")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(seed=42)

    def getSeed(self) -> int:
        """Gets the value of seed."""
        return self.getOrDefault(self.seed)

    def setSeed(self: S, value: int) -> S:
        """Sets the value of seed."""
        return self._set(seed=value)  # type: ignore[attr-defined]


class TrainingParams(SeedParams):
    """How adapters are trained, and where progress is kept."""

    epochs = integer("epochs", "passes over the training examples")
    batchSize = integer("batchSize", "examples of an optimiser step of a shard")
    maxTokens = integer("maxTokens", "tokens computed at a time; less needs less memory")
    maxLength = integer("maxLength", "tokens of an example at most; longer ones are truncated")
    learningRate = number("learningRate", "learning rate of the adapters")
    headLearningRate = number("headLearningRate", "learning rate of the tasks' heads")
    weightDecay = number("weightDecay", "decoupled weight decay of adapters and heads")
    schedule = string("schedule", "the learning rate over the steps: constant, linear or cosine")
    warmup = number("warmup", "steps of the learning rate's warm-up; below 1 a share of all steps")
    examplesPerShard = integer(
        "examplesPerShard",
        "training examples of a shard; a task's shards are trained in parallel and averaged",
    )
    localSteps = integer(
        "localSteps",
        "optimiser steps of a shard between two averagings; 0 is an epoch",
    )
    patience = integer(
        "patience",
        "validations without a better score before a task stops; 0 never stops",
    )
    metric = string(
        "metric",
        "validation score that chooses the round to keep: accuracy, macroF1 or loss; or last",
    )
    maxBadRows = integer(
        "maxBadRows",
        "rows that may be no examples, such as those with a null text; they are left out",
    )
    checkpointDir = string(
        "checkpointDir",
        "folder of checkpoints on any Hadoop file system; an empty string for none. A fit that "
        "was interrupted resumes when it is repeated",
    )
    checkpointInterval = integer("checkpointInterval", "rounds from one checkpoint to the next")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            epochs=10,
            batchSize=16,
            maxTokens=2048,
            maxLength=512,
            learningRate=0.0003,
            headLearningRate=0.003,
            weightDecay=0.0,
            schedule="cosine",
            warmup=0.1,
            examplesPerShard=200,
            localSteps=0,
            patience=4,
            metric="last",
            maxBadRows=100,
            checkpointDir="",
            checkpointInterval=1,
        )

    def getEpochs(self) -> int:
        """Gets the value of epochs."""
        return self.getOrDefault(self.epochs)

    def setEpochs(self: S, value: int) -> S:
        """Sets the value of epochs."""
        return self._set(epochs=value)  # type: ignore[attr-defined]

    def getBatchSize(self) -> int:
        """Gets the value of batchSize."""
        return self.getOrDefault(self.batchSize)

    def setBatchSize(self: S, value: int) -> S:
        """Sets the value of batchSize."""
        return self._set(batchSize=value)  # type: ignore[attr-defined]

    def getMaxTokens(self) -> int:
        """Gets the value of maxTokens."""
        return self.getOrDefault(self.maxTokens)

    def setMaxTokens(self: S, value: int) -> S:
        """Sets the value of maxTokens."""
        return self._set(maxTokens=value)  # type: ignore[attr-defined]

    def getMaxLength(self) -> int:
        """Gets the value of maxLength."""
        return self.getOrDefault(self.maxLength)

    def setMaxLength(self: S, value: int) -> S:
        """Sets the value of maxLength."""
        return self._set(maxLength=value)  # type: ignore[attr-defined]

    def getLearningRate(self) -> float:
        """Gets the value of learningRate."""
        return self.getOrDefault(self.learningRate)

    def setLearningRate(self: S, value: float) -> S:
        """Sets the value of learningRate."""
        return self._set(learningRate=value)  # type: ignore[attr-defined]

    def getHeadLearningRate(self) -> float:
        """Gets the value of headLearningRate."""
        return self.getOrDefault(self.headLearningRate)

    def setHeadLearningRate(self: S, value: float) -> S:
        """Sets the value of headLearningRate."""
        return self._set(headLearningRate=value)  # type: ignore[attr-defined]

    def getWeightDecay(self) -> float:
        """Gets the value of weightDecay."""
        return self.getOrDefault(self.weightDecay)

    def setWeightDecay(self: S, value: float) -> S:
        """Sets the value of weightDecay."""
        return self._set(weightDecay=value)  # type: ignore[attr-defined]

    def getSchedule(self) -> str:
        """Gets the value of schedule."""
        return self.getOrDefault(self.schedule)

    def setSchedule(self: S, value: str) -> S:
        """Sets the value of schedule."""
        return self._set(schedule=value)  # type: ignore[attr-defined]

    def getWarmup(self) -> float:
        """Gets the value of warmup."""
        return self.getOrDefault(self.warmup)

    def setWarmup(self: S, value: float) -> S:
        """Sets the value of warmup."""
        return self._set(warmup=value)  # type: ignore[attr-defined]

    def getExamplesPerShard(self) -> int:
        """Gets the value of examplesPerShard."""
        return self.getOrDefault(self.examplesPerShard)

    def setExamplesPerShard(self: S, value: int) -> S:
        """Sets the value of examplesPerShard."""
        return self._set(examplesPerShard=value)  # type: ignore[attr-defined]

    def getLocalSteps(self) -> int:
        """Gets the value of localSteps."""
        return self.getOrDefault(self.localSteps)

    def setLocalSteps(self: S, value: int) -> S:
        """Sets the value of localSteps."""
        return self._set(localSteps=value)  # type: ignore[attr-defined]

    def getPatience(self) -> int:
        """Gets the value of patience."""
        return self.getOrDefault(self.patience)

    def setPatience(self: S, value: int) -> S:
        """Sets the value of patience."""
        return self._set(patience=value)  # type: ignore[attr-defined]

    def getMetric(self) -> str:
        """Gets the value of metric."""
        return self.getOrDefault(self.metric)

    def setMetric(self: S, value: str) -> S:
        """Sets the value of metric."""
        return self._set(metric=value)  # type: ignore[attr-defined]

    def getMaxBadRows(self) -> int:
        """Gets the value of maxBadRows."""
        return self.getOrDefault(self.maxBadRows)

    def setMaxBadRows(self: S, value: int) -> S:
        """Sets the value of maxBadRows."""
        return self._set(maxBadRows=value)  # type: ignore[attr-defined]

    def getCheckpointDir(self) -> str:
        """Gets the value of checkpointDir."""
        return self.getOrDefault(self.checkpointDir)

    def setCheckpointDir(self: S, value: str) -> S:
        """Sets the value of checkpointDir."""
        return self._set(checkpointDir=value)  # type: ignore[attr-defined]

    def getCheckpointInterval(self) -> int:
        """Gets the value of checkpointInterval."""
        return self.getOrDefault(self.checkpointInterval)

    def setCheckpointInterval(self: S, value: int) -> S:
        """Sets the value of checkpointInterval."""
        return self._set(checkpointInterval=value)  # type: ignore[attr-defined]
