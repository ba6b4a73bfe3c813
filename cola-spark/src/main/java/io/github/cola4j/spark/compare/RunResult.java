package io.github.cola4j.spark.compare;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.job.JobResult;
import io.github.cola4j.spark.job.TaskResult;
import io.github.cola4j.spark.training.RoundMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run gave.
 *
 * @param tasks in the order of the job
 * @param parameters trained parameters of a task, without its head
 * @param seconds of the rounds, with their validation
 * @param bytes mean of a round: every task's state as one executor fetches it, and the updates of
 *     all shards
 */
record RunResult(
    String method,
    int samples,
    long seed,
    List<TaskResult> tasks,
    long parameters,
    double seconds,
    double bytes) {

  /** The method's name under which the job's baseline is listed. */
  static final String LINEAR_PROBE = "linear-probe";

  private static final JsonMapper MAPPER = new JsonMapper();

  /** Reads the folder that a run has written. */
  static RunResult read(Comparison.Run run) {
    Path folder = Path.of(run.job().output());
    try {
      JobResult result = MAPPER.readValue(folder.resolve("results.json").toFile(), JobResult.class);
      List<RoundMetrics> rounds = new ArrayList<>();
      for (String line : Files.readAllLines(folder.resolve("metrics.jsonl"))) {
        rounds.add(MAPPER.readValue(line, RoundMetrics.class));
      }
      Map<Integer, Double> seconds = new HashMap<>();
      rounds.forEach(round -> seconds.put(round.round(), round.seconds()));
      double bytes =
          rounds.stream().mapToDouble(r -> r.bytesToExecutors() + r.bytesFromExecutors()).sum();
      return new RunResult(
          run.method(),
          run.samples(),
          run.seed(),
          result.tasks(),
          result.adapterParameters(),
          seconds.values().stream().mapToDouble(Double::doubleValue).sum(),
          bytes / seconds.size());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read the finished run " + folder + "; delete it to have it run again", e);
    }
  }

  /** The test accuracy of a task; of a language model that has questions, the share right. */
  double accuracy(String task) {
    TaskResult result =
        tasks.stream().filter(candidate -> candidate.task().equals(task)).findFirst().orElseThrow();
    if (method.equals(LINEAR_PROBE)) {
      return result.probeAccuracy();
    }
    return result.choiceAccuracy() != null ? result.choiceAccuracy() : result.accuracy();
  }

  boolean hasBaseline() {
    return tasks.stream().allMatch(task -> task.probeAccuracy() != null);
  }

  /** The baseline that this run's job has measured, as a run of its own without costs. */
  RunResult baseline() {
    return new RunResult(LINEAR_PROBE, samples, seed, tasks, 0, 0, 0);
  }
}
