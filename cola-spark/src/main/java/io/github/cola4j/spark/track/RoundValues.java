package io.github.cola4j.spark.track;

import io.github.cola4j.spark.training.RoundMetrics;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers of a round that make a curve, by their names in {@code metrics.jsonl}. */
final class RoundValues {
  static final String LOSS = "loss";
  static final String VALIDATION_LOSS = "validationLoss";
  static final String ACCURACY = "accuracy";

  private RoundValues() {}

  /** Those that the round has, in a fixed order. */
  static Map<String, Double> of(RoundMetrics round) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put(LOSS, round.loss());
    values.put(VALIDATION_LOSS, round.validationLoss());
    values.put(ACCURACY, round.accuracy());
    values.put("macroF1", round.macroF1());
    values.put("margin", round.margin());
    values.put("learningRate", round.learningRate());
    values.put("gradientNorm", round.gradientNorm());
    values.put("examplesPerSecond", round.examplesPerSecond());
    values.put(
        "gpuMemoryBytes",
        round.gpuMemoryBytes() == null ? null : round.gpuMemoryBytes().doubleValue());
    values.put("gpuUtilization", round.gpuUtilization());
    values.values().removeIf(value -> value == null); // without validation, without a GPU
    return values;
  }

  /** When the round was over; of a line that does not have it, now. */
  static long millis(RoundMetrics round) {
    return round.timestamp() == null
        ? System.currentTimeMillis()
        : Instant.parse(round.timestamp()).toEpochMilli();
  }
}
