package io.github.cola4j.spark.training;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.train.Evaluation;
import java.util.List;
import java.util.Map;

/**
 * A task after training.
 *
 * @param adapter of the best round, to be saved or used; with Adam's moments unless shards or
 *     rounds have moments of their own
 * @param bestRound from 1
 * @param rounds trained
 * @param validation at the best round
 * @param trainExamples trained on
 * @param truncated training and validation examples that were too long and lost tokens
 * @param dropped training and validation examples that there is nothing to learn from, by the
 *     reason why
 * @param data what it was trained and validated on
 */
public record TrainedTask(
    TrainedAdapter adapter,
    int bestRound,
    int rounds,
    Evaluation validation,
    long trainExamples,
    long truncated,
    Map<String, Long> dropped,
    TaskSummary data) {

  /** The task's name. */
  public String name() {
    return adapter.description().task();
  }

  /** The labels by number; empty for a language model. */
  public List<String> classes() {
    return adapter.description().classes();
  }

  /** The parameters of the best round. */
  public float[] theta() {
    return adapter.theta();
  }
}
