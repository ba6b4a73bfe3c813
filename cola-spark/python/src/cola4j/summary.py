"""How training went."""

from typing import Dict

from pyspark.ml.wrapper import JavaWrapper
from pyspark.sql import DataFrame


class ColaTrainingSummary(JavaWrapper):
    """How training went. It is not written with a model."""

    @property
    def rounds(self) -> DataFrame:
        """A row for each round of each task, in their order."""
        return self._call_java("rounds")

    @property
    def tasks(self) -> DataFrame:
        """A row for each task, with the validation of its best round, which is the model's."""
        return self._call_java("tasks")

    @property
    def badRows(self) -> Dict[str, int]:
        """How many rows were left out as they are no examples, by what is wrong with them."""
        return dict(self._call_java("badRows"))
