package io.github.cola4j.spark.cli.doctor;

import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The heap and what is left beside it.
 *
 * @param heap the largest that the heap may get
 * @param memory the machine's
 * @param limit the container's, if it is limited
 */
record MemoryChecks(long heap, long memory, OptionalLong limit) {
  /** The share of memory that the heap may take: weights, activations and BLAS lie outside it. */
  private static final double MOST = 0.75;

  List<Finding> run() {
    long all = limit.orElse(memory);
    String text =
        "heap at most "
            + gigabytes(heap)
            + ", machine "
            + (memory == 0 ? "not known" : gigabytes(memory))
            + (limit.isPresent() ? ", container limited to " + gigabytes(all) : ", no limit");
    return List.of(
        all > 0 && heap > MOST * all
            ? new Finding(
                "memory",
                text + "; weights lie outside the heap and need the rest",
                String.format(
                    Locale.ROOT,
                    "start the JVM with -Xmx%dm or less (COLA_JAVA_OPTS of bin/cola,"
                        + " spark.driver.memory and spark.executor.memory)",
                    (long) (all * MOST) >> 20))
            : Finding.ok("memory", text));
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
