package io.github.cola4j.spark.report;

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

  /** Whether so few examples are worth a warning. */
  public static boolean isSmall(long examples) {
    return examples < LEAST;
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
            .filter(task -> isSmall(task.getValue()))
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
            meaning(least, classifiers, metric)));
  }

  /** What it means for one task, and what to do. */
  static String about(long examples, boolean classifier, String metric) {
    return String.format(
        "has %d validation examples, fewer than %d: %s",
        examples, LEAST, meaning(examples, classifier, metric));
  }

  private static String meaning(long examples, boolean classifier, String metric) {
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
        + ". Give more validation rows"
        + (metric.equals("loss")
            ? "."
            : ", or keep rounds by spark.metric: loss, which depends less on single examples.");
  }
}
