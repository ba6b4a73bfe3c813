"""Params are those of Java: none is missing, and names, documentation, types and defaults agree."""

import inspect

import pytest
from pyspark.ml.param import TypeConverters

import cola4j
from cola4j import jvm

CONVERTERS = {
    "Param": TypeConverters.toString,
    "IntParam": TypeConverters.toInt,
    "LongParam": TypeConverters.toInt,
    "DoubleParam": TypeConverters.toFloat,
    "BooleanParam": TypeConverters.toBoolean,
    "StringArrayParam": TypeConverters.toListString,
}
ESTIMATORS = [cola4j.ColaClassifier, cola4j.ColaLanguageModel, cola4j.ColaSweep]
MODELS = [cola4j.ColaClassificationModel, cola4j.ColaGenerationModel]


def java_default(stage, param):
    """A param's default in Java; None for none."""
    default = stage.getDefault(param)
    if default.isEmpty():
        return None
    value = default.get()
    return value if isinstance(value, (str, int, float, bool)) else list(value)


@pytest.mark.parametrize("stage", ESTIMATORS + MODELS)
def test_params_are_those_of_java(spark, stage):
    java = jvm.java_class(stage.__name__)()
    python = stage()
    assert [param.name for param in python.params] == [param.name() for param in java.params()]
    for param in java.params():
        name = param.name()
        own = python.getParam(name)
        assert own.doc == param.doc()
        expected = CONVERTERS[param.getClass().getSimpleName()]
        if name.startswith("estimator"):
            expected = TypeConverters.identity
        assert own.typeConverter == expected, name
        default = python.getOrDefault(own) if python.hasDefault(own) else None
        assert default == java_default(java, param), name
        assert type(default) is type(java_default(java, param)), name


@pytest.mark.parametrize("stage", ESTIMATORS + MODELS)
def test_every_param_has_its_methods(spark, stage):
    python = stage()
    for param in python.params:
        capital = param.name[0].upper() + param.name[1:]
        if not python.isDefined(param):
            continue
        value = getattr(python, "get" + capital)()
        assert getattr(python, "set" + capital)(value) is python
        assert python.isSet(param)


@pytest.mark.parametrize("stage", ESTIMATORS)
def test_constructors_have_all_params_with_their_defaults(spark, stage):
    python = stage()
    given = {
        name: parameter.default
        for name, parameter in inspect.signature(stage.__init__).parameters.items()
        if name != "self"
    }
    assert sorted(given) == [param.name for param in python.params]
    for name, default in given.items():
        own = python.getParam(name)
        default = list(default) if isinstance(default, tuple) else default
        assert default == (python.getOrDefault(own) if python.hasDefault(own) else None), name
        assert f"    {name} : " in stage.__doc__
    assert not any(python.isSet(param) for param in python.params)


@pytest.mark.parametrize("stage", MODELS)
def test_models_have_the_methods_of_java(spark, stage):
    java = jvm.java_class(stage.__name__)()
    own = {"adapters", "ofAdapters"}  # Java's own types; from_adapters
    assert hasattr(stage, "from_adapters")
    inherited = {method.getName() for method in java.getClass().getSuperclass().getMethods()}
    for method in java.getClass().getDeclaredMethods():
        public = method.getModifiers() & 1 and not method.isBridge() and not method.isSynthetic()
        if public and method.getName() not in inherited | own:
            assert hasattr(stage, method.getName()), method


def test_explain_params(spark):
    classifier = cola4j.ColaClassifier(rank=4)
    assert "rank: rank of the matrices, 1 or more (default: 8, current: 4)" in (
        classifier.explainParams()
    )


def test_bad_values_are_refused_when_they_are_set(spark):
    classifier = cola4j.ColaClassifier(rank=4)
    with pytest.raises(Exception, match=r"param rank: rank must be at least 1, got 0$"):
        classifier.setRank(0)
    assert classifier.getRank() == 4
    with pytest.raises(Exception, match=r"param metric: .*accuracy, macroF1, loss or last, got 'f1'"):
        cola4j.ColaClassifier(metric="f1")
    with pytest.raises(TypeError, match="rank"):
        classifier.setRank("four")
    with pytest.raises(TypeError, match="rnk"):
        cola4j.ColaClassifier(rnk=4)
    with pytest.raises(AttributeError, match="rnk"):
        classifier.setParams(rnk=4)
    assert classifier.setParams(rank=2, targets=["query"]).getTargets() == ["query"]
