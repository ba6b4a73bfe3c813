package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.spark.training.RoundConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Which pieces of work share a Spark task: so many that starting it is little beside what it does,
 * and so few that no core is idle at the end for long.
 *
 * @param least Spark tasks, where there are as many pieces
 * @param most Spark tasks
 * @param work that one is worth starting for
 */
record Bundles(int least, int most, double work) {
  private static final int MOST = 1000; // on few cores
  private static final int MOST_EACH_CORE = 2; // on many: each takes the driver a moment
  private static final int LEAST_EACH_CORE = 4; // on few
  private static final double TOKENS = 2000; // some seconds of training for a small model

  /** For shards that are trained as a configuration says; work is in tokens. */
  static Bundles of(JavaSparkContext spark, RoundConfig rounds) {
    int cores = spark.defaultParallelism();
    if (rounds.tokensTogether() > 0) {
      return new Bundles(cores, cores, TOKENS);
    }
    int most = Math.max(MOST, MOST_EACH_CORE * cores);
    return new Bundles(Math.min(most, LEAST_EACH_CORE * cores), most, TOKENS);
  }

  /** How many Spark tasks do some work. */
  private int count(double all) {
    return (int) Math.min(most, Math.max(least, Math.ceil(all / work)));
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
   * @param pieces the work of each [pieces]
   * @return the numbers of pieces, ascending in each bundle
   */
  List<List<Integer>> of(double[] pieces) {
    List<Bundle> bundles = new ArrayList<>();
    PriorityQueue<Bundle> least = new PriorityQueue<>(Comparator.comparingDouble(Bundle::work));
    List<Integer> longestFirst =
        IntStream.range(0, pieces.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer piece) -> pieces[piece]).reversed())
            .toList();
    int count = count(Arrays.stream(pieces).sum());
    for (int piece : longestFirst) {
      Bundle bundle = bundles.size() < count ? new Bundle() : least.remove();
      if (bundle.pieces.isEmpty()) {
        bundles.add(bundle);
      }
      bundle.pieces.add(piece);
      bundle.work += pieces[piece];
      least.add(bundle);
    }
    return bundles.stream()
        .sorted(Comparator.comparingDouble(Bundle::work).reversed())
        .map(bundle -> bundle.pieces.stream().sorted().toList())
        .toList();
  }
}
