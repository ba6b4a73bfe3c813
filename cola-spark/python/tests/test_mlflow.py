"""MLflow and TensorBoard, as their own programs read what was written: a server of MLflow on this
machine, and TensorBoard's reader of event files."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict

import pytest

import cola4j
from conftest import MODEL, ROOT, answers

mlflow = pytest.importorskip("mlflow", reason="MLflow is tested with one line of Spark")

import pandas  # noqa: E402
import yaml  # noqa: E402
from tensorboard.backend.event_processing import event_accumulator  # noqa: E402

import cola4j.mlflow  # noqa: E402

TASKS = ["law", "medicine"]
CURVES = ["loss", "validationLoss", "accuracy", "macroF1", "learningRate", "gradientNorm"]
CURVES += ["examplesPerSecond"]
TAGS = {"loss": "loss/train", "validationLoss": "loss/validation"}
SECONDS = 240  # for a server to start, on a machine that does much else


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server that ends with the tests."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/runs.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=environment, cwd=folder, start_new_session=True
        )
    try:
        wait_for(address, process, folder / "log")
        mlflow.set_tracking_uri(address)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_for(address, process, log):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no MLflow server at {address}:\n{log.read_text()}")


def cola(spark, *arguments):
    """Runs a command of the jar in the JVM of the session."""
    words = spark.sparkContext._gateway.new_array(spark._jvm.java.lang.String, len(arguments))
    for number, argument in enumerate(arguments):
        words[number] = str(argument)
    return spark._jvm.io.github.cola4j.spark.cli.Cola.run(words)


@pytest.fixture(scope="module")
def results(spark, rows, server, tmp_path_factory):
    """The output of a job of two tasks that is tracked by both."""
    folder = tmp_path_factory.mktemp("job")
    for task in TASKS:
        with open(folder / f"{task}.jsonl", "w") as file:
            for row in rows.where(f"kind = '{task}'").collect():
                file.write(json.dumps({"words": row.text, "label": row.label}) + "\n")
    job = {
        "model": str(MODEL),
        "tasks": [
            {
                "name": task,
                "train": f"{task}.jsonl",
                "test": f"{task}.jsonl",
                "columns": {"text": "words"},
            }
            for task in TASKS
        ],
        "adapter": {"a": 2, "b": 3, "rank": 2},
        "training": {
            "epochs": 3,
            "batchSize": 8,
            "maxTokens": 128,
            "maxLength": 16,
            "optimizer": {"learningRate": 0.001},
        },
        "spark": {"metric": "loss"},
        "track": {
            "tensorboard": True,
            "mlflow": {"uri": server, "experiment": "tickets", "register": "tickets"},
        },
        "output": "out",
    }
    (folder / "job.yaml").write_text(yaml.safe_dump(job))
    assert cola(spark, "train", folder / "job.yaml") == 0
    return folder / "out"


@pytest.fixture(scope="module")
def lines(results):
    """Those of metrics.jsonl, by task."""
    by_task = defaultdict(list)
    for line in (results / "metrics.jsonl").read_text().splitlines():
        by_task[json.loads(line)["task"]].append(json.loads(line))
    assert {task: len(of) for task, of in by_task.items()} == {task: 3 for task in TASKS}
    return by_task


@pytest.fixture(scope="module")
def run(results):
    return mlflow.MlflowClient().get_run(json.loads((results / "mlflow.json").read_text())["runId"])


def test_mlflow_has_every_number_of_the_rounds(run, lines):
    client = mlflow.MlflowClient()
    for task, expected in lines.items():
        for name in CURVES:
            history = client.get_metric_history(run.info.run_id, f"{task}/{name}")
            assert [(each.step, each.value) for each in history] == [
                (line["step"], line[name]) for line in expected
            ]
    means = client.get_metric_history(run.info.run_id, "all tasks/loss")
    assert [each.step for each in means] == [1, 2, 3]
    assert means[0].value == pytest.approx(sum(lines[task][0]["loss"] for task in TASKS) / 2)


def test_mlflow_has_the_run(run, results):
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "out"
    assert run.data.params["training.optimizer.learningRate"] == "0.001"
    assert run.data.params["tasks.names"] == "law, medicine"
    assert run.data.tags["cola4j.output"] == str(results)
    tests = json.loads((results / "results.json").read_text())["tasks"]
    assert [run.data.metrics[f"{test['task']}/test/accuracy"] for test in tests] == [
        test["accuracy"] for test in tests
    ]


def test_mlflow_has_the_results(run, results):
    names = [each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id)]
    assert sorted(names) == ["job.yaml", "metrics.jsonl", "model", "report.html", "results.json"]
    stored = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/results.json")
    assert open(stored, "rb").read() == (results / "results.json").read_bytes()


def test_the_registered_model_predicts_as_the_command_does(spark, results, rows, tmp_path):
    texts = [(row.kind, row.text) for row in rows.orderBy("id").collect()]
    data = tmp_path / "new.jsonl"
    data.write_text("".join(json.dumps({"task": k, "words": t}) + "\n" for k, t in texts))
    output = tmp_path / "labelled.jsonl"
    command = ["predict", results / "adapters", "--data", data, "--task-column", "task"]
    assert cola(spark, *command, "--output", output) == 0
    expected = [json.loads(line) for line in output.read_text().splitlines()]

    model = mlflow.pyfunc.load_model("models:/tickets/1")
    rows = pandas.DataFrame(texts, columns=["task", "words"], index=range(100, 100 + len(texts)))
    predicted = model.predict(rows)
    assert list(predicted.columns) == ["label", "probability", "probabilities", "bad"]
    assert list(predicted.index) == list(rows.index)
    assert list(predicted.label) == [each["label"] for each in expected]
    assert list(predicted.probability) == pytest.approx(
        [each["probability"] for each in expected], abs=1e-6
    )
    with pytest.raises(mlflow.MlflowException, match="words"):
        model.predict(rows[["task"]])
    with pytest.raises(Exception, match="/no/model"):
        mlflow.pyfunc.load_model("models:/tickets/1", model_config={"model": "/no/model"})


def test_its_stage_is_spark_mls(results, rows):
    loaded = cola4j.mlflow.load_model("models:/tickets/1")
    assert isinstance(loaded, cola4j.ColaClassificationModel)
    assert loaded.tasks == TASKS
    renamed = rows.withColumnsRenamed({"kind": "task", "text": "words"})
    same = cola4j.ColaClassificationModel.from_adapters((results / "adapters").as_uri())
    assert answers(loaded.transform(renamed)) == answers(same.transform(renamed))


def test_tensorboard_reads_the_same_numbers(results, lines):
    for task, expected in lines.items():
        events = event_accumulator.EventAccumulator(f"{results}.tensorboard/{task}")
        events.Reload()
        assert sorted(events.Tags()["scalars"]) == sorted(TAGS.get(name, name) for name in CURVES)
        for name in CURVES:
            points = [(each.step, each.value) for each in events.Scalars(TAGS.get(name, name))]
            assert points == [
                (line["step"], pytest.approx(line[name], rel=1e-6)) for line in expected
            ]


def test_models_of_this_package_are_logged_too(server, fitted, rows):
    expected = answers(fitted.transform(rows))
    with mlflow.start_run():
        cola4j.mlflow.log_model(fitted, registered_model_name="fitted")
    texts = pandas.DataFrame({"text": [row.text for row in rows.orderBy("id").collect()]})
    predicted = mlflow.pyfunc.load_model("models:/fitted/1").predict(texts)
    assert list(predicted.label) == [label for _, _, label, _ in expected]
    assert answers(cola4j.mlflow.load_model("models:/fitted/1").transform(rows)) == expected


def test_pipelines_are_logged_by_mlflows_own_flavor(server, fitted, rows):
    import mlflow.spark
    from pyspark.ml import PipelineModel

    with mlflow.start_run():
        # MLflow would start another Spark to learn what the pipeline needs
        requirements = ["pyspark", "cola4j"]
        pipeline = PipelineModel([fitted])
        logged = mlflow.spark.log_model(pipeline, "pipeline", pip_requirements=requirements)
    loaded = mlflow.spark.load_model(logged.model_uri)
    assert answers(loaded.transform(rows)) == answers(fitted.transform(rows))
    texts = pandas.DataFrame({"text": [row.text for row in rows.orderBy("id").collect()]})
    indices = mlflow.pyfunc.load_model(logged.model_uri).predict(texts)
    assert list(indices) == [index for _, index, _, _ in answers(fitted.transform(rows))]


def test_language_models_answer_rows_of_pandas(spark, tmp_path):
    data = [(f"say {number}", "yes" if number % 2 else "no") for number in range(12)]
    rows = spark.createDataFrame(data, "instruction string, output string").coalesce(1).cache()
    assistant = cola4j.ColaLanguageModel(
        model=str(ROOT / "cola-core/src/test/resources/goldens/decoder/llama/model"),
        instructionCol="instruction",
        template="plain",
        rank=2,
        epochs=1,
        batchSize=4,
        maxLength=40,
        maxNewTokens=6,
        metric="loss",
    )
    model = assistant.fit(rows)
    cola4j.mlflow.save_model(model, str(tmp_path / "model"))
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    expected = [row.answer for row in model.transform(rows).collect()]
    instructions = [instruction for instruction, _ in data]
    answered = loaded.predict(pandas.DataFrame({"instruction": instructions}))
    assert list(answered.columns) == ["answer", "cut", "bad"]
    assert list(answered.answer) == expected
    messages = [[{"role": "user", "content": each}] for each in instructions]
    assert list(loaded.predict(pandas.DataFrame({"messages": messages})).answer) == expected
    with pytest.raises(ValueError, match="no column instruction; they have text"):
        loaded.predict(pandas.DataFrame({"text": instructions}))


def test_what_is_no_model_of_this_package_is_refused(classifier, tmp_path):
    with pytest.raises(TypeError, match="got ColaClassifier; a PipelineModel is for mlflow.spark"):
        cola4j.mlflow.save_model(classifier, str(tmp_path / "model"))
