"""Language models, on the tiny Llama of cola-core's tests."""

import json

import pytest

import cola4j
from conftest import ROOT

LLAMA = ROOT / "cola-core/src/test/resources/goldens/decoder/llama/model"


@pytest.fixture(scope="module")
def dialogues(spark):
    data = []
    for number in range(12):
        answer = "yes" if number % 2 == 0 else f"no {number % 5}"
        messages = [("user", f"say {number}"), ("assistant", answer)]
        data.append((number, messages, f"say {number}", answer))
    schema = (
        "id long, messages array<struct<role: string, content: string>>, instruction string,"
        " output string"
    )
    return spark.createDataFrame(data, schema).coalesce(1).cache()


@pytest.fixture(scope="module")
def assistant(spark):
    return cola4j.ColaLanguageModel(
        model=str(LLAMA),
        template="plain",
        a=2,
        b=3,
        rank=2,
        epochs=1,
        batchSize=4,
        maxLength=40,
        learningRate=1e-2,
        metric="loss",
        maxNewTokens=6,
        seed=5,
    )


@pytest.fixture(scope="module")
def answering(assistant, dialogues):
    return assistant.fit(dialogues)


def texts(model, rows):
    return [row.answer for row in model.transform(rows).orderBy("id").collect()]


def test_answers_are_a_column(answering, dialogues):
    out = answering.copy().setCutCol("cut").transform(dialogues)
    assert out.columns == dialogues.columns + ["answer", "cut"]
    assert all(row.answer is not None for row in out.collect())
    assert answering.hasSummary
    assert answering.summary.rounds.count() == 1


def test_instructions_are_learnt_as_messages_are(assistant, answering, dialogues):
    instructed = assistant.copy({assistant.instructionCol: "instruction"}).fit(
        dialogues.drop("messages")
    )
    assert instructed.summary.tasks.first().trainExamples == (
        answering.summary.tasks.first().trainExamples
    )


def test_a_model_is_read_as_it_was_written(spark, answering, dialogues, tmp_path):
    answering.save(str(tmp_path / "model"))
    read = cola4j.ColaGenerationModel.load(str(tmp_path / "model"))
    assert texts(read, dialogues) == texts(answering, dialogues)
    assert read.getMaxNewTokens() == 6
    assert read.tasks == answering.tasks
    there = spark._jvm.io.github.cola4j.spark.ml.ColaGenerationModel.load(str(tmp_path / "model"))
    assert list(there.tasks()) == answering.tasks


def test_an_adapter_is_exported_for_peft(answering, tmp_path):
    folder = tmp_path / "peft"
    answering.exportPeft(str(folder))
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["peft_type"] == "LORA"
    assert config["base_model_name_or_path"] == str(LLAMA)
    assert (folder / "adapter_model.safetensors").stat().st_size > 0
    with pytest.raises(Exception, match="peft"):
        answering.exportPeft(str(folder))
    answering.exportPeft(str(folder), answering.tasks[0], overwrite=True)
    with pytest.raises(Exception, match="has no task 'other'"):
        answering.exportPeft(str(folder), "other")
