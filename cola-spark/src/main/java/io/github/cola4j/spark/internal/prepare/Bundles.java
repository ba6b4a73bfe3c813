package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.spark.training.RoundConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Which pieces of work share a Spark task. One each, unless there are so many that starting Spark
 * tasks would cost more than it brings, or the pieces of a Spark task are computed together.
 *
 * @param most Spark tasks
 */
record Bundles(int most) {
  private static final int MOST = 1000; // on few cores
  private static final int EACH_CORE = 4; // on many, so that none is idle at the end for long

  /** For shards that are trained as a configuration says. */
  static Bundles of(JavaSparkContext spark, RoundConfig rounds) {
    int cores = spark.defaultParallelism();
    return new Bundles(rounds.tokensTogether() > 0 ? cores : Math.max(MOST, EACH_CORE * cores));
  }

  /** A bundle and what it has to do. */
  private static final class Bundle {
    private final List<Integer> pieces = new ArrayList<>();
    private double work;

    double work() {
      return work;
    }
  }

  /**
   * Pieces in bundles of about equal work (the longest piece first, each to the bundle that has
   * least), those that have most first.
   *
   * @param work of each piece [pieces]
   * @return the numbers of pieces, ascending in each bundle
   */
  List<List<Integer>> of(double[] work) {
    List<Bundle> bundles = new ArrayList<>();
    PriorityQueue<Bundle> least = new PriorityQueue<>(Comparator.comparingDouble(Bundle::work));
    List<Integer> longestFirst =
        IntStream.range(0, work.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer piece) -> work[piece]).reversed())
            .toList();
    for (int piece : longestFirst) {
      Bundle bundle = bundles.size() < most ? new Bundle() : least.remove();
      if (bundle.pieces.isEmpty()) {
        bundles.add(bundle);
      }
      bundle.pieces.add(piece);
      bundle.work += work[piece];
      least.add(bundle);
    }
    return bundles.stream()
        .sorted(Comparator.comparingDouble(Bundle::work).reversed())
        .map(bundle -> bundle.pieces.stream().sorted().toList())
        .toList();
  }
}
