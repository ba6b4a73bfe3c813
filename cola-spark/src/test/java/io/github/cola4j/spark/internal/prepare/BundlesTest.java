package io.github.cola4j.spark.internal.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BundlesTest {
  @Test
  void fewPiecesAreApartAndTheLongestIsFirst() {
    assertThat(new Bundles(2, 4, 1).of(new double[] {3, 9, 5}))
        .containsExactly(List.of(1), List.of(2), List.of(0));
  }

  @Test
  void manyPiecesAreInBundlesOfAboutEqualWork() {
    double[] work = new Random(5).doubles(1000, 1, 9).toArray();

    List<List<Integer>> bundles = new Bundles(2, 16, 1).of(work);

    assertThat(bundles).hasSize(16);
    assertThat(bundles.stream().flatMap(List::stream).sorted().toList())
        .isEqualTo(IntStream.range(0, 1000).boxed().toList());
    double mean = Arrays.stream(work).sum() / 16;
    double last = Double.MAX_VALUE;
    for (List<Integer> bundle : bundles) {
      assertThat(bundle).isSorted();
      double its = bundle.stream().mapToDouble(piece -> work[piece]).sum();
      assertThat(its).isBetween(0.98 * mean, 1.02 * mean).isLessThanOrEqualTo(last + 1e-9);
      last = its;
    }
  }

  /** As few as have the work that is worth a Spark task, but enough for all cores. */
  @Test
  void smallPiecesShareASparkTask() {
    double[] work = new double[100];
    Arrays.fill(work, 3);

    assertThat(new Bundles(8, 1000, 20).of(work)).hasSize(15);
    assertThat(new Bundles(40, 1000, 20).of(work)).hasSize(40);
    assertThat(new Bundles(200, 1000, 20).of(work)).hasSize(100);
    assertThat(new Bundles(2, 1000, 0.1).of(work)).hasSize(100);
  }
}
