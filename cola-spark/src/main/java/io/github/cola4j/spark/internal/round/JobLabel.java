package io.github.cola4j.spark.internal.round;

import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/** What Spark's UI calls the jobs that this thread starts, until it is closed. */
public final class JobLabel implements AutoCloseable {
  private static final String DESCRIPTION = "spark.job.description";
  private static final int MOST_NAMES = 5;

  private final JavaSparkContext spark;
  private final String before;

  JobLabel(JavaSparkContext spark, String description) {
    this.spark = spark;
    this.before = spark.getLocalProperty(DESCRIPTION);
    spark.setLocalProperty(DESCRIPTION, description);
  }

  /** For example {@code round 3: training law, topic (2 of 4 tasks)}. */
  public static String ofRounds(int round, int rounds, String what, List<String> names, int all) {
    boolean more = names.size() > MOST_NAMES;
    return String.format(
        "%s: %s %s%s (%d of %d tasks)",
        rounds == 1 ? "round " + round : "rounds " + round + " to " + (round + rounds - 1),
        what,
        String.join(", ", more ? names.subList(0, MOST_NAMES) : names),
        more ? ", …" : "",
        names.size(),
        all);
  }

  @Override
  public void close() {
    spark.setLocalProperty(DESCRIPTION, before);
  }
}
