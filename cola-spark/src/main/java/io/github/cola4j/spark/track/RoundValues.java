package io.github.cola4j.spark.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.training.RoundMetrics;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The numbers of a round that make a curve, by their names in {@code metrics.jsonl}. */
final class RoundValues {
  static final String LOSS = "loss";
  static final String VALIDATION_LOSS = "validationLoss";
  static final String ACCURACY = "accuracy";

  private static final List<String> CURVES =
      List.of(
          LOSS,
          VALIDATION_LOSS,
          ACCURACY,
          "macroF1",
          "learningRate",
          "gradientNorm",
          "examplesPerSecond");

  private static final JsonMapper MAPPER = new JsonMapper();

  private RoundValues() {}

  /** Those that the round has, in a fixed order. */
  static Map<String, Double> of(RoundMetrics round) {
    JsonNode line = MAPPER.valueToTree(round);
    Map<String, Double> values = new LinkedHashMap<>();
    for (String name : CURVES) {
      if (line.path(name).isNumber()) {
        values.put(name, line.get(name).doubleValue());
      }
    }
    return values;
  }

  /** When the round was over; of a line that does not have it, now. */
  static long millis(RoundMetrics round) {
    JsonNode timestamp = MAPPER.valueToTree(round).path("timestamp");
    return timestamp.isTextual()
        ? Instant.parse(timestamp.textValue()).toEpochMilli()
        : System.currentTimeMillis();
  }
}
