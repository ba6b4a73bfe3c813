"""Adapters."""

from typing import Any, List, TypeVar

from pyspark.ml.param import Params

from cola4j.param.declare import integer, number, string, strings

S = TypeVar("S")


class AdapterParams(Params):
    """How layers are adapted."""

    method = string("method", "adapter method, such as cola, lora or dora")
    a = integer("a", "number of A matrices; unset for the method's")
    b = integer("b", "number of B matrices; unset for the method's")
    rank = integer("rank", "rank of the matrices, 1 or more")
    alpha = number(
        "alpha",
        "the scaling is alpha / rank, or as the method has it; unset for 2 * rank",
    )
    pairing = string(
        "pairing",
        "which A is multiplied by which B: full, random, random-reversed, heuristic or "
        "heuristic-paper",
    )
    init = string(
        "init",
        "initialiser of the matrices: pissa, split-pissa, kaiming, loftq or qpissa; unset for the method's",
    )
    dropout = number("dropout", "probability of dropping an input of an A matrix, in [0, 1)")
    targets = strings(
        "targets",
        "modules that are adapted: all-linear, name suffixes, or one regular expression written "
        "regex:...",
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(method="cola", rank=8, pairing="full", dropout=0.0, targets=["all-linear"])

    def getMethod(self) -> str:
        """Gets the value of method."""
        return self.getOrDefault(self.method)

    def setMethod(self: S, value: str) -> S:
        """Sets the value of method."""
        return self._set(method=value)  # type: ignore[attr-defined]

    def getA(self) -> int:
        """Gets the value of a."""
        return self.getOrDefault(self.a)

    def setA(self: S, value: int) -> S:
        """Sets the value of a."""
        return self._set(a=value)  # type: ignore[attr-defined]

    def getB(self) -> int:
        """Gets the value of b."""
        return self.getOrDefault(self.b)

    def setB(self: S, value: int) -> S:
        """Sets the value of b."""
        return self._set(b=value)  # type: ignore[attr-defined]

    def getRank(self) -> int:
        """Gets the value of rank."""
        return self.getOrDefault(self.rank)

    def setRank(self: S, value: int) -> S:
        """Sets the value of rank."""
        return self._set(rank=value)  # type: ignore[attr-defined]

    def getAlpha(self) -> float:
        """Gets the value of alpha."""
        return self.getOrDefault(self.alpha)

    def setAlpha(self: S, value: float) -> S:
        """Sets the value of alpha."""
        return self._set(alpha=value)  # type: ignore[attr-defined]

    def getPairing(self) -> str:
        """Gets the value of pairing."""
        return self.getOrDefault(self.pairing)

    def setPairing(self: S, value: str) -> S:
        """Sets the value of pairing."""
        return self._set(pairing=value)  # type: ignore[attr-defined]

    def getInit(self) -> str:
        """Gets the value of init."""
        return self.getOrDefault(self.init)

    def setInit(self: S, value: str) -> S:
        """Sets the value of init."""
        return self._set(init=value)  # type: ignore[attr-defined]

    def getDropout(self) -> float:
        """Gets the value of dropout."""
        return self.getOrDefault(self.dropout)

    def setDropout(self: S, value: float) -> S:
        """Sets the value of dropout."""
        return self._set(dropout=value)  # type: ignore[attr-defined]

    def getTargets(self) -> List[str]:
        """Gets the value of targets."""
        return self.getOrDefault(self.targets)

    def setTargets(self: S, value: List[str]) -> S:
        """Sets the value of targets."""
        return self._set(targets=value)  # type: ignore[attr-defined]
