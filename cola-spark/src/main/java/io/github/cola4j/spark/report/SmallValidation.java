package io.github.cola4j.spark.report;

import io.github.cola4j.spark.training.RoundConfig;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Validation data with so few examples that their score is mostly chance. */
public final class SmallValidation {
  /** With fewer examples there is a warning. */
  public static final int LEAST = 50;

  private static final int TOLD = 5;

  private SmallValidation() {}

  /**
   * Whether so few examples are worth a warning: where they decide which round is kept.
   *
   * @param metric that rounds are kept by
   */
  public static boolean isSmall(long examples, String metric) {
    return examples < LEAST && !metric.equals(RoundConfig.LAST);
  }

  /**
   * One warning for all tasks that have few.
   *
   * @param examples by task
   * @param classifiers whether they are
   * @param metric that best rounds are kept by
   */
  public static Optional<String> notice(
      Map<String, Long> examples, boolean classifiers, String metric) {
    Map<String, Long> small =
        examples.entrySet().stream()
            .filter(task -> isSmall(task.getValue(), metric))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
    if (small.isEmpty()) {
      return Optional.empty();
    }
    String some =
        small.entrySet().stream()
            .limit(TOLD)
            .map(task -> "'" + task.getKey() + "' " + task.getValue())
            .collect(Collectors.joining(", "));
    long least = small.values().stream().mapToLong(Long::longValue).min().orElseThrow();
    return Optional.of(
        String.format(
            "WARNING: fewer than %d validation examples in %d of %d tasks (%s%s): %s",
            LEAST,
            small.size(),
            examples.size(),
            some,
            small.size() > TOLD ? ", …" : "",
            meaning(least, classifiers)));
  }

  /** What it means for one task, and what to do. */
  static String about(long examples, boolean classifier) {
    return String.format(
        "has %d validation examples, fewer than %d: %s",
        examples, LEAST, meaning(examples, classifier));
  }

  private static String meaning(long examples, boolean classifier) {
    String what =
        classifier
            ? String.format(
                Locale.ROOT,
                "an accuracy of half of them is off by up to %.0f points, so that the round kept"
                    + " by it is partly chance",
                50
                    * (Interval.of(examples / 2, examples).high()
                        - Interval.of(examples / 2, examples).low()))
            : "the round kept by them is partly chance";
    return what
        + ". Give more validation rows, or keep the last round by spark.metric: last, which does not"
        + " depend on them.";
  }
}
