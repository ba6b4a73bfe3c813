"""CoLA4J for PySpark: one frozen transformer, a small adapter for each task, trained on Spark.

Examples
--------
>>> import cola4j
>>> spark = cola4j.session()
>>> classifier = cola4j.ColaClassifier(model="classpath:all-minilm-l6-v2", rank=4)
>>> classifier.fit(tickets).transform(more).show()
"""

from cola4j.classification import ColaClassificationModel, ColaClassifier
from cola4j.generation import ColaGenerationModel, ColaLanguageModel
from cola4j.jvm import JarError
from cola4j.progress import progress
from cola4j.session import jars, session
from cola4j.summary import ColaTrainingSummary
from cola4j.sweep import ColaSweep, ColaSweepModel
from cola4j.version import __version__

__all__ = [
    "ColaClassificationModel",
    "ColaClassifier",
    "ColaGenerationModel",
    "ColaLanguageModel",
    "ColaSweep",
    "ColaSweepModel",
    "ColaTrainingSummary",
    "JarError",
    "__version__",
    "jars",
    "progress",
    "session",
]
