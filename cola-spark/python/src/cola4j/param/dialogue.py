"""Dialogues, and how they are answered."""

from typing import Any, List, TypeVar

from pyspark.ml.param import Params

from cola4j.param.declare import boolean, integer, number, string, strings
from cola4j.param.stage import StageParams
from cola4j.param.training import SeedParams

S = TypeVar("S")


class DialogueParams(StageParams):
    """Columns of dialogues."""

    messagesCol = string(
        "messagesCol",
        "column of the messages: an array of structs with role and content, or such a list as JSON",
    )
    instructionCol = string(
        "instructionCol",
        "column of the instruction, where rows have no messages; an empty string for none",
    )
    inputCol = string("inputCol", "column of the instruction's input, read where rows have it")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(messagesCol="messages", instructionCol="", inputCol="input")

    def getMessagesCol(self) -> str:
        """Gets the value of messagesCol."""
        return self.getOrDefault(self.messagesCol)

    def setMessagesCol(self: S, value: str) -> S:
        """Sets the value of messagesCol."""
        return self._set(messagesCol=value)  # type: ignore[attr-defined]

    def getInstructionCol(self) -> str:
        """Gets the value of instructionCol."""
        return self.getOrDefault(self.instructionCol)

    def setInstructionCol(self: S, value: str) -> S:
        """Sets the value of instructionCol."""
        return self._set(instructionCol=value)  # type: ignore[attr-defined]

    def getInputCol(self) -> str:
        """Gets the value of inputCol."""
        return self.getOrDefault(self.inputCol)

    def setInputCol(self: S, value: str) -> S:
        """Sets the value of inputCol."""
        return self._set(inputCol=value)  # type: ignore[attr-defined]


class PromptParams(Params):
    """How dialogues are written, and the answers that are learnt."""

    outputCol = string("outputCol", "column of the right answer to an instruction, read by fit")
    textCol = string(
        "textCol",
        "column of a text, read by fit in the place of dialogues: all of it is learnt as it is; an"
        " empty string for none",
    )
    promptCol = string(
        "promptCol",
        "column of what a preference's answers are to, read by fit where rows have it; else they"
        " share a beginning",
    )
    chosenCol = string(
        "chosenCol",
        "column of the preferred one of two answers, read by fit: preferences are learnt, by DPO;"
        " an empty string for none",
    )
    rejectedCol = string("rejectedCol", "column of the other answer, read by fit with chosenCol")
    beta = number("beta", "of preferences, how far the model is held to the frozen one, above 0")
    labelSmoothing = number(
        "labelSmoothing",
        "of preferences, how likely one is the wrong way round, in [0, 0.5)",
    )
    template = string("template", "how dialogues are written: alpaca, plain, llama3, chatml, model")
    trainOnPrompt = boolean("trainOnPrompt", "whether prompts are learnt too, not only answers")
    templateDate = string(
        "templateDate",
        "what a template that writes today's date writes, as 2024-07-26",
    )
    thinking = string(
        "thinking",
        "whether the assistant thinks before it answers: on or off, or as the model's template does"
        " by default; off leaves reasoning out of answers",
    )
    controlTokens = boolean(
        "controlTokens",
        "whether the texts of special tokens in messages that are not the assistant's control the"
        " model; else they are plain text",
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            outputCol="output",
            textCol="",
            promptCol="prompt",
            chosenCol="",
            rejectedCol="rejected",
            beta=0.1,
            labelSmoothing=0.0,
            template="alpaca",
            trainOnPrompt=False,
            templateDate="2024-07-26",
            thinking="template",
            controlTokens=False,
        )

    def getOutputCol(self) -> str:
        """Gets the value of outputCol."""
        return self.getOrDefault(self.outputCol)

    def setOutputCol(self: S, value: str) -> S:
        """Sets the value of outputCol."""
        return self._set(outputCol=value)  # type: ignore[attr-defined]

    def getTextCol(self) -> str:
        """Gets the value of textCol."""
        return self.getOrDefault(self.textCol)

    def setTextCol(self: S, value: str) -> S:
        """Sets the value of textCol."""
        return self._set(textCol=value)  # type: ignore[attr-defined]

    def getPromptCol(self) -> str:
        """Gets the value of promptCol."""
        return self.getOrDefault(self.promptCol)

    def setPromptCol(self: S, value: str) -> S:
        """Sets the value of promptCol."""
        return self._set(promptCol=value)  # type: ignore[attr-defined]

    def getChosenCol(self) -> str:
        """Gets the value of chosenCol."""
        return self.getOrDefault(self.chosenCol)

    def setChosenCol(self: S, value: str) -> S:
        """Sets the value of chosenCol."""
        return self._set(chosenCol=value)  # type: ignore[attr-defined]

    def getRejectedCol(self) -> str:
        """Gets the value of rejectedCol."""
        return self.getOrDefault(self.rejectedCol)

    def setRejectedCol(self: S, value: str) -> S:
        """Sets the value of rejectedCol."""
        return self._set(rejectedCol=value)  # type: ignore[attr-defined]

    def getBeta(self) -> float:
        """Gets the value of beta."""
        return self.getOrDefault(self.beta)

    def setBeta(self: S, value: float) -> S:
        """Sets the value of beta."""
        return self._set(beta=value)  # type: ignore[attr-defined]

    def getLabelSmoothing(self) -> float:
        """Gets the value of labelSmoothing."""
        return self.getOrDefault(self.labelSmoothing)

    def setLabelSmoothing(self: S, value: float) -> S:
        """Sets the value of labelSmoothing."""
        return self._set(labelSmoothing=value)  # type: ignore[attr-defined]

    def getTemplate(self) -> str:
        """Gets the value of template."""
        return self.getOrDefault(self.template)

    def setTemplate(self: S, value: str) -> S:
        """Sets the value of template."""
        return self._set(template=value)  # type: ignore[attr-defined]

    def getTrainOnPrompt(self) -> bool:
        """Gets the value of trainOnPrompt."""
        return self.getOrDefault(self.trainOnPrompt)

    def setTrainOnPrompt(self: S, value: bool) -> S:
        """Sets the value of trainOnPrompt."""
        return self._set(trainOnPrompt=value)  # type: ignore[attr-defined]

    def getTemplateDate(self) -> str:
        """Gets the value of templateDate."""
        return self.getOrDefault(self.templateDate)

    def setTemplateDate(self: S, value: str) -> S:
        """Sets the value of templateDate."""
        return self._set(templateDate=value)  # type: ignore[attr-defined]

    def getThinking(self) -> str:
        """Gets the value of thinking."""
        return self.getOrDefault(self.thinking)

    def setThinking(self: S, value: str) -> S:
        """Sets the value of thinking."""
        return self._set(thinking=value)  # type: ignore[attr-defined]

    def getControlTokens(self) -> bool:
        """Gets the value of controlTokens."""
        return self.getOrDefault(self.controlTokens)

    def setControlTokens(self: S, value: bool) -> S:
        """Sets the value of controlTokens."""
        return self._set(controlTokens=value)  # type: ignore[attr-defined]


class GenerationParams(SeedParams):
    """How answers are generated, and the columns that are added."""

    answerCol = string("answerCol", "added column of the generated answer, a string")
    cutCol = string(
        "cutCol",
        "added column of whether the answer was cut at maxNewTokens or the model's last position,"
        " a boolean; an empty string for none",
    )
    maxNewTokens = integer("maxNewTokens", "tokens of an answer at most")
    temperature = number("temperature", "0 takes the likeliest token, more draws more freely")
    topP = number(
        "topP",
        "draws from the likeliest tokens alone, whose probabilities add up to this",
    )
    stop = strings("stop", "texts that end an answer and are not part of it")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            answerCol="answer",
            cutCol="",
            maxNewTokens=256,
            temperature=0.0,
            topP=1.0,
            stop=[],
        )

    def getAnswerCol(self) -> str:
        """Gets the value of answerCol."""
        return self.getOrDefault(self.answerCol)

    def setAnswerCol(self: S, value: str) -> S:
        """Sets the value of answerCol."""
        return self._set(answerCol=value)  # type: ignore[attr-defined]

    def getCutCol(self) -> str:
        """Gets the value of cutCol."""
        return self.getOrDefault(self.cutCol)

    def setCutCol(self: S, value: str) -> S:
        """Sets the value of cutCol."""
        return self._set(cutCol=value)  # type: ignore[attr-defined]

    def getMaxNewTokens(self) -> int:
        """Gets the value of maxNewTokens."""
        return self.getOrDefault(self.maxNewTokens)

    def setMaxNewTokens(self: S, value: int) -> S:
        """Sets the value of maxNewTokens."""
        return self._set(maxNewTokens=value)  # type: ignore[attr-defined]

    def getTemperature(self) -> float:
        """Gets the value of temperature."""
        return self.getOrDefault(self.temperature)

    def setTemperature(self: S, value: float) -> S:
        """Sets the value of temperature."""
        return self._set(temperature=value)  # type: ignore[attr-defined]

    def getTopP(self) -> float:
        """Gets the value of topP."""
        return self.getOrDefault(self.topP)

    def setTopP(self: S, value: float) -> S:
        """Sets the value of topP."""
        return self._set(topP=value)  # type: ignore[attr-defined]

    def getStop(self) -> List[str]:
        """Gets the value of stop."""
        return self.getOrDefault(self.stop)

    def setStop(self: S, value: List[str]) -> S:
        """Sets the value of stop."""
        return self._set(stop=value)  # type: ignore[attr-defined]
