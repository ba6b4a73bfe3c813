"""What Python writes is read by Python and by Java, and what Java writes by Python."""

import pytest
from pyspark import keyword_only
from pyspark.ml import Pipeline, PipelineModel, Transformer
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import StringIndexer
from pyspark.ml.tuning import (
    CrossValidator,
    CrossValidatorModel,
    ParamGridBuilder,
    TrainValidationSplit,
    TrainValidationSplitModel,
)
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame

import cola4j
from conftest import answers


class Lower(Transformer, DefaultParamsReadable, DefaultParamsWritable):
    """A stage without a Java class."""

    @keyword_only
    def __init__(self):
        super().__init__()

    def _transform(self, dataset):
        return dataset.selectExpr("*", "lower(text) as lower")


@pytest.fixture
def java(spark):
    """Java's packages."""
    return spark._jvm


@pytest.fixture
def transformed(spark):
    """A Java model's answers."""
    return lambda model, frame: answers(DataFrame(model.transform(frame._jdf), spark))


def test_an_estimator(classifier, java, tmp_path):
    path = str(tmp_path / "estimator")
    classifier.setTargets(["query", "value"]).save(path)
    read = cola4j.ColaClassifier.load(path)
    assert read.uid == classifier.uid
    assert read.extractParamMap() == classifier.extractParamMap()
    assert not read.isSet(read.alpha)

    there = java.io.github.cola4j.spark.ml.ColaClassifier.load(path)
    assert there.getOrDefault(there.getParam("rank")) == 2
    assert list(there.getOrDefault(there.getParam("targets"))) == ["query", "value"]
    there.set(there.getParam("rank").w(3)).write().overwrite().save(path)
    assert cola4j.ColaClassifier.load(path).getRank() == 3


def test_a_model(fitted, rows, java, transformed, tmp_path):
    path = str(tmp_path / "model")
    expected = answers(fitted.transform(rows))
    fitted.write().save(path)
    with pytest.raises(Exception, match="exist"):
        fitted.write().save(path)
    fitted.write().overwrite().save(path)
    read = cola4j.ColaClassificationModel.load(path)
    assert answers(read.transform(rows)) == expected
    assert read.labels() == ["a", "b"]
    assert not read.hasSummary
    with pytest.raises(Exception, match="it is not written with a model"):
        read.summary

    there = java.io.github.cola4j.spark.ml.ColaClassificationModel.load(path)
    assert transformed(there, rows) == expected
    there.setPredictionCol("prediction").write().save(str(tmp_path / "java"))
    back = cola4j.ColaClassificationModel.load(str(tmp_path / "java"))
    assert answers(back.transform(rows)) == expected
    with pytest.raises(Exception, match="the frozen model of .* cannot be loaded"):
        cola4j.ColaClassificationModel.load(path, model="/nowhere")
    assert cola4j.ColaClassificationModel.load(path, model=read.getModel()).tasks == read.tasks


def test_a_pipeline(classifier, rows, java, transformed, tmp_path):
    indexer = StringIndexer(inputCol="label", outputCol="index")
    pipeline = Pipeline(stages=[indexer, classifier.setLabelCol("index")])
    pipeline.save(str(tmp_path / "pipeline"))
    read = Pipeline.load(str(tmp_path / "pipeline"))
    assert isinstance(read.getStages()[1], cola4j.ColaClassifier)
    assert read.getStages()[1].getLabelCol() == "index"

    model = read.fit(rows)
    expected = answers(model.transform(rows))
    model.save(str(tmp_path / "model"))
    assert answers(PipelineModel.load(str(tmp_path / "model")).transform(rows)) == expected
    there = java.org.apache.spark.ml.PipelineModel.load(str(tmp_path / "model"))
    assert transformed(there, rows) == expected
    there.save(str(tmp_path / "java"))
    back = PipelineModel.load(str(tmp_path / "java"))
    assert isinstance(back.stages[1], cola4j.ColaClassificationModel)
    assert answers(back.transform(rows)) == expected


def test_a_pipeline_with_a_stage_that_only_python_has(classifier, rows, tmp_path):
    model = Pipeline(stages=[Lower(), classifier.setTextCol("lower")]).fit(rows)
    model.save(str(tmp_path / "model"))
    read = PipelineModel.load(str(tmp_path / "model"))
    assert isinstance(read.stages[1], cola4j.ColaClassificationModel)
    assert answers(read.transform(rows)) == answers(model.transform(rows))


def test_a_cross_validator(classifier, rows, java, transformed, tmp_path):
    indexer = StringIndexer(inputCol="label", outputCol="index")
    pipeline = Pipeline(stages=[indexer, classifier.setLabelCol("index")])
    grid = ParamGridBuilder().addGrid(classifier.rank, [1, 2]).build()
    evaluator = MulticlassClassificationEvaluator(labelCol="index")
    validator = CrossValidator(
        estimator=pipeline,
        estimatorParamMaps=grid,
        evaluator=evaluator,
        numFolds=2,
        parallelism=2,
        seed=3,
    )
    validator.save(str(tmp_path / "validator"))
    read = CrossValidator.load(str(tmp_path / "validator"))
    assert [list(params.values()) for params in read.getEstimatorParamMaps()] == [[1], [2]]

    tuned = read.fit(rows)
    assert len(tuned.avgMetrics) == 2
    expected = answers(tuned.transform(rows))
    tuned.save(str(tmp_path / "tuned"))
    again = CrossValidatorModel.load(str(tmp_path / "tuned"))
    assert again.avgMetrics == tuned.avgMetrics
    assert isinstance(again.bestModel.stages[1], cola4j.ColaClassificationModel)
    assert answers(again.transform(rows)) == expected
    there = java.org.apache.spark.ml.tuning.CrossValidatorModel.load(str(tmp_path / "tuned"))
    assert transformed(there, rows) == expected
    there.save(str(tmp_path / "java"))
    back = CrossValidatorModel.load(str(tmp_path / "java"))
    assert answers(back.transform(rows)) == expected


def test_a_train_validation_split(classifier, rows, tmp_path):
    indexed = StringIndexer(inputCol="label", outputCol="index").fit(rows).transform(rows)
    split = TrainValidationSplit(
        estimator=classifier.setLabelCol("index"),
        estimatorParamMaps=ParamGridBuilder().addGrid(classifier.seed, [1, 2]).build(),
        evaluator=MulticlassClassificationEvaluator(labelCol="index"),
        seed=3,
    )
    split.save(str(tmp_path / "split"))
    tuned = TrainValidationSplit.load(str(tmp_path / "split")).fit(indexed)
    tuned.save(str(tmp_path / "tuned"))
    read = TrainValidationSplitModel.load(str(tmp_path / "tuned"))
    assert isinstance(read.bestModel, cola4j.ColaClassificationModel)
    assert answers(read.transform(indexed)) == answers(tuned.transform(indexed))
