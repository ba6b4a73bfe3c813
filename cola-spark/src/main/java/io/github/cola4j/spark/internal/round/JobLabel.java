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
  public static String ofRound(int round, String what, List<String> names, int all) {
    boolean more = names.size() > MOST_NAMES;
    return String.format(
        "round %d: %s %s%s (%d of %d tasks)",
        round,
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
