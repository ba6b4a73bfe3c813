"""Spark Connect: what works over it with Spark 4.1, and the errors of what does not."""

import os
import subprocess
import sys

import pyspark
import pytest
from pyspark.sql import SparkSession

import cola4j
from conftest import MODEL

WITH_CONNECT = pyspark.__version__ >= "4"

PROGRAM = """
import sys
import cola4j
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import StringIndexer
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import SparkSession

model, folder = sys.argv[1:]
builder = SparkSession.builder.remote("local[2]").config("spark.jars", ",".join(cola4j.jars()))
spark = builder.config("spark.ui.enabled", "false").getOrCreate()

def said(call):
    try:
        call()
    except Exception as e:
        print("SAID", str(e).splitlines()[0])

words = ["the court order", "patient treated"]
rows = spark.createDataFrame([(i, words[i % 2], "ab"[i % 2]) for i in range(24)], "id long, text string, label string")
indexer = StringIndexer(inputCol="label", outputCol="index")
classifier = cola4j.ColaClassifier(model=model, rank=2, epochs=1, maxLength=16, labelCol="index")
classifier.write().overwrite().save(folder + "/estimator")
assert cola4j.ColaClassifier.load(folder + "/estimator").getRank() == 2

fitted = Pipeline(stages=[indexer, classifier]).fit(rows)
expected = fitted.transform(rows).select("prediction").collect()
fitted.write().overwrite().save(folder + "/pipeline")
read = PipelineModel.load(folder + "/pipeline")
assert read.transform(rows).select("prediction").collect() == expected
fitted.stages[1].write().overwrite().save(folder + "/model")
alone = cola4j.ColaClassificationModel.load(folder + "/model")
assert alone.transform(rows).select("prediction").collect() == expected

tuned = CrossValidator(
    estimator=Pipeline(stages=[indexer, classifier]),
    estimatorParamMaps=ParamGridBuilder().addGrid(classifier.rank, [1, 2]).build(),
    evaluator=MulticlassClassificationEvaluator(labelCol="index"),
    numFolds=2,
).fit(rows)
assert len(tuned.avgMetrics) == 2

said(lambda: alone.summary)
said(lambda: alone.labels())
said(lambda: cola4j.ColaClassificationModel.load(folder + "/model", model=model))
said(cola4j.ColaSweep)
said(cola4j.session)
said(lambda: classifier.copy().setRank(0).fit(rows))
"""


@pytest.mark.skipif(not WITH_CONNECT, reason="Spark Connect has no stages of the server's before 4")
def test_stages_work_over_connect(tmp_path):
    pytest.importorskip("grpc_status", reason="installed by pyspark[connect]")
    out = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(MODEL), str(tmp_path)],
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
    )
    assert out.returncode == 0, out.stderr
    said = [line[5:] for line in out.stdout.splitlines() if line.startswith("SAID")]
    assert len(said) == 6, out.stdout
    assert said[0].startswith("hasSummary cannot be had over Spark Connect; the labels are in")
    assert said[1].startswith("labels cannot be had over Spark Connect; the labels are in")
    assert said[2].startswith("load(path, model) cannot be had over Spark Connect; have the frozen")
    assert said[3] == "ColaSweep cannot be had over Spark Connect; use CrossValidator"
    assert said[4].startswith("cola4j.session() is for sessions without Spark Connect; start the")
    assert said[5].endswith("param rank: rank must be at least 1, got 0")


@pytest.mark.skipif(WITH_CONNECT, reason="Spark 4 has stages of the server's")
def test_connect_of_spark_3_is_refused(spark, monkeypatch):
    monkeypatch.setenv("SPARK_CONNECT_MODE_ENABLED", "1")
    with pytest.raises(RuntimeError, match="works over Spark Connect from Spark 4.1 on only"):
        cola4j.ColaClassifier()
    with pytest.raises(RuntimeError, match="works over Spark Connect from Spark 4.1 on only"):
        cola4j.ColaClassificationModel.load("anywhere")


def test_session_is_not_for_connect():
    builder = SparkSession.Builder()
    with pytest.raises(RuntimeError, match="is for sessions without Spark Connect"):
        cola4j.session(builder.remote("sc://127.0.0.1:1"))
