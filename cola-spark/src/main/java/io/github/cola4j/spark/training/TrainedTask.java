package io.github.cola4j.spark.training;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.train.Evaluation;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A task after training.
 *
 * @param description of its adapter
 * @param stored gives the adapter, possibly read from a file
 * @param shared its parameters where executors have stored them; null where the driver has them
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
    AdapterStore.Description description,
    Supplier<TrainedAdapter> stored,
    StoredParameters shared,
    int bestRound,
    int rounds,
    Evaluation validation,
    long trainExamples,
    long truncated,
    Map<String, Long> dropped,
    TaskSummary data) {

  /**
   * The adapter of the best round, to be saved or used; with Adam's moments unless shards or rounds
   * have moments of their own. Where there are many tasks, or executors have stored it, it is read
   * at each call.
   */
  public TrainedAdapter adapter() {
    return stored.get();
  }

  /** The task's name. */
  public String name() {
    return description.task();
  }

  /** The labels by number; empty for a language model. */
  public List<String> classes() {
    return description.classes();
  }

  /** The parameters of the best round. */
  public float[] theta() {
    return shared == null ? adapter().theta() : shared.read();
  }
}
