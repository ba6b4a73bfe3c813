"""One Spark with CoLA4J's jar, and small tasks for the tiny BERT of cola-core's tests."""

import random
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import cola4j

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "cola-core/src/test/resources/goldens/bert/model"

WORDS = {
    "a": "bank contract court damages lending order rate seller shares".split(),
    "b": "antibiotics derivative doctors integral patient singing treated zero".split(),
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    builder = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
    )
    session = cola4j.session(builder)
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def rows(spark):
    """Rows of two classes, each with more of the words of its own."""
    chosen = random.Random(5)
    data = []
    for number in range(48):
        label = chosen.choice("ab")
        words = [
            chosen.choice(WORDS[label if chosen.random() < 0.8 else chosen.choice("ab")])
            for _ in range(chosen.randrange(3, 10))
        ]
        data.append((number, "law" if number % 2 else "medicine", " ".join(words), label))
    schema = "id long, kind string, text string, label string"
    return spark.createDataFrame(data, schema).coalesce(2).cache()


@pytest.fixture
def classifier(spark):
    """An estimator that is small enough for them."""
    return cola4j.ColaClassifier(
        model=str(MODEL),
        a=2,
        b=3,
        rank=2,
        epochs=1,
        batchSize=8,
        maxTokens=128,
        maxLength=16,
        learningRate=1e-3,
        headLearningRate=1e-2,
        schedule="constant",
        metric="loss",
        seed=5,
    )


@pytest.fixture(scope="session")
def fitted(spark, rows):
    """A model of two epochs."""
    return classifier.__wrapped__(spark).setEpochs(2).fit(rows)


def answers(frame):
    """What was predicted, by id."""
    columns = ["id", "prediction", "predictedLabel", "probability"]
    return [tuple(row) for row in frame.select(*columns).orderBy("id").collect()]
