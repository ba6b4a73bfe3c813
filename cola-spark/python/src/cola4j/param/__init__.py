"""Params that stages share: names, documentation and defaults are those of the Java stages."""

from cola4j.param.adapter import AdapterParams
from cola4j.param.dialogue import DialogueParams, GenerationParams, PromptParams
from cola4j.param.fit import FitParams
from cola4j.param.prediction import PredictionParams
from cola4j.param.stage import StageParams
from cola4j.param.training import SeedParams, TrainingParams

__all__ = [
    "AdapterParams",
    "DialogueParams",
    "FitParams",
    "GenerationParams",
    "PredictionParams",
    "PromptParams",
    "SeedParams",
    "StageParams",
    "TrainingParams",
]
