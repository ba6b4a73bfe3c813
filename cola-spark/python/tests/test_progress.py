"""Rounds on Python's standard output."""

import sys
import threading

import pytest

import cola4j
from cola4j.progress import listening


@pytest.fixture(autouse=True)
def shown():
    yield
    cola4j.progress(True)


def test_rounds_are_printed(classifier, rows, capsys):
    classifier.setEpochs(2).fit(rows)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:5] == ["round", "task", "step", "loss", "val"]
    assert [line.split()[:2] for line in lines[1:]] == [["1", "classifier"], ["2", "classifier"]]


def test_nothing_is_printed_on_request(classifier, rows, capsys):
    cola4j.progress(False)
    classifier.fit(rows)
    assert capsys.readouterr().out == ""


class Output:
    """Counts down lines that come while a fit runs."""

    def __init__(self):
        self.first = threading.Event()

    def write(self, text):
        if text.strip():
            self.first.set()

    def flush(self):
        pass


def test_a_round_is_printed_while_the_fit_runs(spark, monkeypatch):
    output = Output()
    monkeypatch.setattr(sys, "stdout", output)
    with listening(spark._jvm) as listener:
        training = spark._jvm.io.github.cola4j.spark.training
        trained = [0.5, 3e-4, 1.0]
        validated = [0.4, 0.9, 0.9, None, True]
        counts = [8, 64, 1, 0, None, 0, 0, 0]
        times = [1.0, 1.0, None, None, 8.0, 1.0, training.RoundTime.ZERO, 1.0, None]
        listener.accept(training.RoundMetrics(1, "law", 1, 2, *trained, *validated, *counts, *times))
        assert output.first.wait(10), "printed by a thread, while this one is busy"


def test_a_fit_does_not_fail_with_its_output(classifier, rows, monkeypatch):
    class Closed(Output):
        def write(self, text):
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(sys, "stdout", Closed())
    assert classifier.fit(rows).tasks == ["classifier"]
