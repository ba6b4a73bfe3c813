"""Language models that answer."""

from typing import Any, Optional, Sequence

from pyspark import keyword_only

from cola4j.param import DialogueParams, FitParams, GenerationParams, PromptParams
from cola4j.stage import ColaEstimator, ColaModel, documented


@documented
class ColaLanguageModel(
    ColaEstimator["ColaGenerationModel"], DialogueParams, PromptParams, GenerationParams, FitParams
):
    """Learns to answer dialogues: adapters for one task, or for each of many that a column tells
    apart, on one frozen decoder.

    A row has its messages, the last of which is the assistant's, or an instruction and its output;
    with ``textCol`` a text, all of which is learnt; with ``chosenCol`` two answers, of which one is
    preferred. The rows must be the same whenever Spark computes them.

    Parameters
    ----------
    {params}

    Examples
    --------
    >>> assistant = ColaLanguageModel(model="/models/smollm2", template="model")
    >>> model = assistant.fit(dialogues)
    >>> model.setTemperature(0.7).transform(questions).select("id", "answer").show()
    """

    @keyword_only
    def __init__(
        self,
        *,
        model: Optional[str] = None,
        compute: str = "float32",
        quantize: str = "",
        messagesCol: str = "messages",
        instructionCol: str = "",
        inputCol: str = "input",
        outputCol: str = "output",
        textCol: str = "",
        promptCol: str = "prompt",
        chosenCol: str = "",
        rejectedCol: str = "rejected",
        beta: float = 0.1,
        labelSmoothing: float = 0.0,
        taskCol: str = "",
        validationIndicatorCol: str = "",
        answerCol: str = "answer",
        cutCol: str = "",
        reasonCol: str = "",
        template: str = "alpaca",
        trainOnPrompt: bool = False,
        templateDate: str = "2024-07-26",
        thinking: str = "template",
        controlTokens: bool = False,
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
        metric: str = "last",
        maxBadRows: int = 100,
        checkpointDir: str = "",
        checkpointInterval: int = 1,
        maxNewTokens: int = 256,
        temperature: float = 0.0,
        topP: float = 1.0,
        stop: Sequence[str] = (),
        seed: int = 42,
    ) -> None:
        super().__init__()
        self._start(self._input_kwargs)  # type: ignore[attr-defined]

    def _create_model(self, java_model: Any) -> "ColaGenerationModel":
        return ColaGenerationModel(java_model)


class ColaGenerationModel(ColaModel, DialogueParams, GenerationParams):
    """Answers dialogues with the adapters that :py:class:`ColaLanguageModel` has trained, on
    executors. A row that cannot be answered, such as one without a user's message or of an unknown
    task, has a null answer.

    Its params are those of the estimator that say where the frozen model and the columns are, and
    how answers are generated.

    Examples
    --------
    >>> model = ColaGenerationModel.load("hdfs:///models/assistant")
    >>> model.setMaxNewTokens(64).transform(questions).select("id", "answer").show()
    """

    @classmethod
    def from_adapters(cls, path: str, model: Optional[str] = None) -> "ColaGenerationModel":
        """A model of the adapters that ``cola train`` has written. Where there are several tasks, a
        row's is in the column ``task``.

        Parameters
        ----------
        path : str
            a folder of adapters, as ``results/adapters``, or one adapter's
        model : str, optional
            where the frozen model is now; without it, where it was at training
        """
        return cls._of_adapters(path, model)
