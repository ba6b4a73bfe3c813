"""How layers are adapted."""

from typing import Any, List, TypeVar

from pyspark.ml.param import Params

from cola4j.param.declare import integer, number, string, strings

P = TypeVar("P", bound="AdapterParams")


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
        "which A is multiplied by which B: full, random, random-reversed, heuristic or heuristic-"
        "paper",
    )
    init = string(
        "init",
        "initialiser of the matrices: pissa, split-pissa or kaiming; unset for the method's",
    )
    dropout = number("dropout", "probability of dropping an input of an A matrix, in [0, 1)")
    targets = strings(
        "targets",
        "modules that are adapted: all-linear, name suffixes, or one regular expression written "
        "regex:...",
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            method="cola",
            rank=8,
            pairing="full",
            dropout=0.0,
            targets=["all-linear"],
        )

    def getMethod(self) -> str:
        """Gets the value of method."""
        return self.getOrDefault(self.method)

    def setMethod(self: P, value: str) -> P:
        """Sets the value of method."""
        return self._set(method=value)

    def getA(self) -> int:
        """Gets the value of a."""
        return self.getOrDefault(self.a)

    def setA(self: P, value: int) -> P:
        """Sets the value of a."""
        return self._set(a=value)

    def getB(self) -> int:
        """Gets the value of b."""
        return self.getOrDefault(self.b)

    def setB(self: P, value: int) -> P:
        """Sets the value of b."""
        return self._set(b=value)

    def getRank(self) -> int:
        """Gets the value of rank."""
        return self.getOrDefault(self.rank)

    def setRank(self: P, value: int) -> P:
        """Sets the value of rank."""
        return self._set(rank=value)

    def getAlpha(self) -> float:
        """Gets the value of alpha."""
        return self.getOrDefault(self.alpha)

    def setAlpha(self: P, value: float) -> P:
        """Sets the value of alpha."""
        return self._set(alpha=value)

    def getPairing(self) -> str:
        """Gets the value of pairing."""
        return self.getOrDefault(self.pairing)

    def setPairing(self: P, value: str) -> P:
        """Sets the value of pairing."""
        return self._set(pairing=value)

    def getInit(self) -> str:
        """Gets the value of init."""
        return self.getOrDefault(self.init)

    def setInit(self: P, value: str) -> P:
        """Sets the value of init."""
        return self._set(init=value)

    def getDropout(self) -> float:
        """Gets the value of dropout."""
        return self.getOrDefault(self.dropout)

    def setDropout(self: P, value: float) -> P:
        """Sets the value of dropout."""
        return self._set(dropout=value)

    def getTargets(self) -> List[str]:
        """Gets the value of targets."""
        return self.getOrDefault(self.targets)

    def setTargets(self: P, value: List[str]) -> P:
        """Sets the value of targets."""
        return self._set(targets=value)
