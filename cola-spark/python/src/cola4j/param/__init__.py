"""Params that stages share: names, documentation and defaults are those of the Java stages."""

from cola4j.param.adapter import AdapterParams
from cola4j.param.labels import LabelParams
from cola4j.param.prediction import PredictionParams
from cola4j.param.training import TrainingParams

__all__ = ["AdapterParams", "LabelParams", "PredictionParams", "TrainingParams"]
