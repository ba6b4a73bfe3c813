package io.github.cola4j.spark.ml.fit;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainedTask;
import java.util.List;
import java.util.Map;

/**
 * What a fit gave.
 *
 * @param rounds what each did for each task
 * @param tasks trained
 * @param badRows how many rows were left out, by what is wrong with them
 */
public record FitResult(
    List<RoundMetrics> rounds, List<TrainedTask> tasks, Map<String, Long> badRows) {
  /** The tasks' adapters. */
  public List<TrainedAdapter> adapters() {
    return tasks.stream().map(TrainedTask::adapter).toList();
  }
}
