"""Sweeps."""

import pytest
from pyspark.ml.tuning import ParamGridBuilder

import cola4j
from conftest import answers


def test_a_sweep_gives_the_best_candidates_model(classifier, rows, tmp_path):
    classifier.setEpochs(3)
    grid = ParamGridBuilder().addGrid(classifier.learningRate, [1e-9, 1e-3, 3e-3]).build()
    sweep = cola4j.ColaSweep(estimator=classifier, estimatorParamMaps=grid)
    model = sweep.fit(rows)
    standings = model.summary.collect()
    assert [row.candidate for row in standings if row.rung == 0] == [0, 1, 2]
    assert [row.candidate for row in standings if row.kept][-1] == model.bestIndex
    assert model.examplesTrained > 0
    best = model.bestModel
    assert isinstance(best, cola4j.ColaClassificationModel)
    assert answers(model.transform(rows)) == answers(best.transform(rows))
    best.save(str(tmp_path / "best"))
    read = cola4j.ColaClassificationModel.load(str(tmp_path / "best"))
    assert answers(read.transform(rows)) == answers(best.transform(rows))


def test_params_are_the_estimators(classifier, rows):
    other = cola4j.ColaClassifier()
    sweep = cola4j.ColaSweep().setEstimator(classifier)
    with pytest.raises(Exception, match="estimator and estimatorParamMaps are not both set"):
        sweep.fit(rows)
    with pytest.raises(ValueError, match="which is none of the estimator"):
        sweep.setEstimatorParamMaps([{other.rank: 2}]).fit(rows)
    with pytest.raises(Exception, match="candidates cannot differ in 'epochs'"):
        sweep.setEstimatorParamMaps([{classifier.epochs: 2}]).fit(rows)
    assert sweep.copy({classifier.rank: 7}).getEstimator().getRank() == 7
    assert sweep.getEstimator().getRank() == 2
