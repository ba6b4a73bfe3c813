"""Fitting and transforming."""

import pytest
from pyspark.ml.feature import IndexToString
from pyspark.sql import functions

import cola4j
from conftest import MODEL, answers


def test_predictions_are_columns_beside_all_others(fitted, rows):
    out = fitted.transform(rows)
    added = ["prediction", "predictedLabel", "rawPrediction", "probability"]
    assert out.columns == rows.columns + added
    for row in out.collect():
        assert row.predictedLabel == fitted.labels()[int(row.prediction)]
        assert sum(row.probability) == pytest.approx(1)
        assert int(row.prediction) == int(row.probability.values.argmax())
    assert out.where("label = predictedLabel").count() > 0.8 * rows.count()
    named = IndexToString(inputCol="prediction", outputCol="named").transform(out)
    assert named.where("named <> predictedLabel").count() == 0


def test_a_model_says_how_it_was_trained(fitted, rows):
    assert fitted.hasSummary
    rounds = fitted.summary.rounds.orderBy("round").collect()
    assert [row["round"] for row in rounds] == [1, 2]
    assert rounds[1].loss < rounds[0].loss
    task = fitted.summary.tasks.first()
    assert task.trainExamples + task.validationExamples == rows.count()
    assert list(task.labels) == fitted.labels() == ["a", "b"]
    assert fitted.summary.badRows == {}
    assert fitted.tasks == [task.task]


def test_every_task_has_its_own_adapter(classifier, rows):
    some = rows.withColumn("text", functions.expr("if(id = 7, null, text)"))
    model = classifier.copy({classifier.taskCol: "kind", classifier.rank: 1}).fit(some)
    assert classifier.getTaskCol() == ""
    assert model.tasks == ["law", "medicine"]
    assert model.labels("law") == ["a", "b"]
    assert model.summary.badRows == {"column 'text' is null": 1}
    asked = some.withColumn("kind", functions.expr("if(id = 3, 'music', kind)"))
    out = model.setReasonCol("why").setProbabilityMapCol("byLabel").transform(asked)
    reasons = {row.id: row.why for row in out.where("why is not null").collect()}
    assert reasons == {
        3: "task 'music' is none of [law, medicine]",
        7: "column 'text' is null",
    }
    assert set(out.where("id = 1").first().byLabel) == {"a", "b"}
    with pytest.raises(Exception, match="has no task 'music', but .law, medicine."):
        model.labels("music")
    with pytest.raises(Exception, match="ask for the labels of one of them"):
        model.labels()


def test_params_can_be_given_to_fit(classifier, rows):
    model = classifier.fit(rows, {classifier.predictionCol: "index", classifier.seed: 6})
    assert model.getPredictionCol() == "index"
    assert "index" in model.transform(rows).columns


def test_errors_are_sentences(classifier, rows):
    with pytest.raises(Exception, match="model is not set; set it to the location of the frozen"):
        cola4j.ColaClassifier().fit(rows)
    with pytest.raises(Exception, match=r"textCol is 'txt', which is none of the columns \[id, "):
        classifier.setTextCol("txt").fit(rows)
    assert classifier.getModel() == str(MODEL)


def test_streams(spark, fitted, rows, tmp_path):
    rows.select("id", "text").write.json(str(tmp_path / "in"))
    stream = spark.readStream.schema("id long, text string").json(str(tmp_path / "in"))
    query = (
        fitted.transform(stream)
        .writeStream.format("memory")
        .queryName("answers")
        .option("checkpointLocation", str(tmp_path / "state"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    assert answers(spark.table("answers")) == answers(fitted.transform(rows))
