package io.github.cola4j.spark.internal.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.spark.internal.state.TemperatureSampling;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which example goes where, as pure functions. */
class StrataTest {
  private static int[] labels(int count, int classes) {
    SplittableRandom random = new SplittableRandom(count);
    return IntStream.range(0, count).map(i -> random.nextInt(classes)).toArray();
  }

  @Test
  void everyPartGetsItsCountOfEachClassInTheOrderOfPositions() {
    int[] labels = labels(200, 3);
    int[] sizes = Strata.sizes(labels, 3);
    int[] positions = Batcher.permutation(200, 7);
    int[][] counts = new int[3][];
    for (int c = 0; c < 3; c++) {
      counts[c] = new int[] {0, 5, 0, sizes[c] - 12, 7, 0};
    }
    Strata strata = Strata.of(labels, positions, counts);

    int[][] taken = new int[3][6];
    int[][] last = new int[3][6];
    for (int i = 0; i < 200; i++) {
      int part = strata.part(labels[i], positions[i]);
      taken[labels[i]][part]++;
      last[labels[i]][part] = Math.max(last[labels[i]][part], positions[i]);
    }
    assertThat(taken).isDeepEqualTo(counts);
    for (int c = 0; c < 3; c++) {
      assertThat(last[c][1]).isLessThan(last[c][3]);
      assertThat(last[c][3]).isLessThan(last[c][4]);
    }
  }

  @Test
  void whatIsHeldOutHasTheClassesInProportion() {
    assertThat(HeldOut.counts(40, new int[] {200, 150, 50}))
        .isDeepEqualTo(new int[][] {{20, 180}, {15, 135}, {5, 45}});
    // 6.66, 3.33: the largest remainder is the first's
    assertThat(HeldOut.counts(10, new int[] {66, 33, 0}))
        .isDeepEqualTo(new int[][] {{7, 59}, {3, 30}, {0, 0}});
  }

  @Test
  void aClassOfTwoIsOnEachSideAndOneOfASingleExampleTrains() {
    assertThat(HeldOut.counts(10, new int[] {95, 2, 2, 1}))
        .isDeepEqualTo(new int[][] {{8, 87}, {1, 1}, {1, 1}, {0, 1}});
    // all classes have one: somebody must give
    assertThat(HeldOut.counts(1, new int[] {1, 1})).isDeepEqualTo(new int[][] {{1, 0}, {0, 1}});
    // fewer to hold out than classes
    assertThat(HeldOut.counts(1, new int[] {3, 5, 2}))
        .isDeepEqualTo(new int[][] {{0, 3}, {1, 4}, {0, 2}});
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-3, 0.1, 1, 100})
  void skewedShardsHaveAllExamplesAndNoneIsEmpty(double alpha) {
    int[] sizes = {60, 30, 9, 1, 0};
    for (long seed = 0; seed < 20; seed++) {
      int[][] counts = LabelSkew.counts(sizes, 40, alpha, seed);
      for (int c = 0; c < sizes.length; c++) {
        assertThat(Arrays.stream(counts[c]).sum()).isEqualTo(sizes[c]);
      }
      for (int k = 0; k < 40; k++) {
        int shard = k;
        assertThat(Arrays.stream(counts).mapToInt(count -> count[shard]).sum()).isPositive();
      }
      assertThat(LabelSkew.counts(sizes, 40, alpha, seed)).isDeepEqualTo(counts);
    }
    assertThat(LabelSkew.counts(sizes, 40, alpha, 1))
        .isNotEqualTo(LabelSkew.counts(sizes, 40, alpha, 2));
  }

  /** Shares of Dirichlet(α, …) over n have the variance (n − 1) / (n² (n α + 1)). */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 1, 100})
  void sharesHaveTheVarianceOfTheDirichletDistribution(double alpha) {
    int n = 4;
    int draws = 4000;
    double squares = 0;
    for (int seed = 0; seed < draws; seed++) {
      double[] shares = LabelSkew.dirichlet(n, alpha, seed);
      double all = Arrays.stream(shares).sum();
      squares += Math.pow(shares[0] / all - 1.0 / n, 2);
    }
    double expected = (n - 1) / (n * n * (n * alpha + 1));
    assertThat(squares / draws).isBetween(expected * 0.9, expected * 1.1);
  }

  @Test
  void atTemperatureOneTasksCountAsTheirExamplesAndPassOnce() {
    for (long n : new long[] {1, 43, 55, 1_000_003, (1L << 40) + 1}) {
      assertThat(TemperatureSampling.weight(n, 1)).isEqualTo(n);
    }
    for (double passes : TemperatureSampling.passes(new long[] {43, 55, 11, 1_000_003}, 1)) {
      assertThat(passes).isBetween(1 - 1e-12, 1 + 1e-12);
    }
  }

  @Test
  void temperatureSharesOutAllExamplesByTheRootOfSizes() {
    long[] examples = {100, 400, 2500};
    double[] passes = TemperatureSampling.passes(examples, 2);
    // √100 : √400 : √2500 = 10 : 20 : 50 of 3000 examples
    assertThat(passes[0] * 100).isBetween(375 - 1e-9, 375 + 1e-9);
    assertThat(passes[1] * 400).isBetween(750 - 1e-9, 750 + 1e-9);
    assertThat(passes[2] * 2500).isBetween(1875 - 1e-9, 1875 + 1e-9);
    double[] equal = TemperatureSampling.passes(examples, 1e9);
    assertThat(equal[0] * 100).isBetween(1000 - 1e-3, 1000 + 1e-3);
  }
}
