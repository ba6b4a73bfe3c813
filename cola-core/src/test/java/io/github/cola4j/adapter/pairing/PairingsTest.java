package io.github.cola4j.adapter.pairing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PairingsTest {
  private static final int[][] SHAPES = {{1, 1}, {2, 3}, {3, 2}, {4, 10}, {5, 1}, {1, 4}, {3, 3}};

  static List<PairingStrategy> strategies() {
    return Pairings.all();
  }

  @Test
  void heuristicIsTheReferencesRule() {
    assertThat(Pairings.named("heuristic").draw(2, 3, 0))
        .isDeepEqualTo(new double[][] {{1, 0, 1}, {0, 1, 0}});
    double[][] p = Pairings.named("heuristic").draw(4, 10, 0);
    assertThat(Arrays.stream(p).mapToDouble(row -> Arrays.stream(row).sum()))
        .containsExactly(3.0, 3.0, 2.0, 2.0);
    assertThat(p[1]).containsExactly(0, 0, 1, 1, 0, 0, 0, 0, 0, 1);
  }

  @Test
  void heuristicPaperGivesTheLastAWhatRemains() {
    assertThat(Pairings.named("heuristic-paper").draw(3, 5, 0))
        .isDeepEqualTo(new double[][] {{1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 1, 1}});
  }

  @Test
  void withMoreAThanBTheRolesAreExchanged() {
    assertThat(Pairings.named("heuristic").draw(3, 2, 0))
        .isDeepEqualTo(new double[][] {{1, 0}, {0, 1}, {1, 0}});
    assertThat(Pairings.named("heuristic-paper").draw(4, 2, 0))
        .isDeepEqualTo(new double[][] {{1, 0}, {0, 1}, {0, 1}, {0, 1}});
  }

  @ParameterizedTest
  @ValueSource(strings = {"heuristic", "heuristic-paper"})
  void heuristicLeavesNoMatrixAlone(String name) {
    for (int[] shape : SHAPES) {
      double[][] p = Pairings.named(name).draw(shape[0], shape[1], 0);
      assertThat(Pairings.named(name).size(shape[0], shape[1]))
          .isEqualTo(Math.max(shape[0], shape[1]));
      for (double[] row : p) {
        assertThat(Arrays.stream(row).sum()).isPositive();
      }
      for (double[] column : transposed(p)) {
        assertThat(Arrays.stream(column).sum()).isPositive();
      }
    }
  }

  @Test
  void fullPairsEveryAWithEveryB() {
    assertThat(Pairings.named("full").draw(2, 3, 5))
        .isDeepEqualTo(new double[][] {{1, 1, 1}, {1, 1, 1}});
    assertThat(Factors.of(Pairings.named("full").draw(4, 10, 5)).size()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"random, false", "random-reversed, true"})
  void randomDrawsOnePartner(String name, boolean reversed) {
    PairingStrategy random = Pairings.named(name);
    for (long seed = 0; seed < 50; seed++) {
      double[][] p = random.draw(3, 4, seed);
      for (double[] drawing : reversed ? transposed(p) : p) {
        assertThat(drawing).containsOnly(0, 1);
        assertThat(Arrays.stream(drawing).sum()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void theExpectationIsTheMeanOfDraws(PairingStrategy strategy) {
    int draws = 20_000;
    for (int[] shape : SHAPES) {
      double[][] mean = new double[shape[0]][shape[1]];
      for (int seed = 0; seed < draws; seed++) {
        double[][] p = strategy.draw(shape[0], shape[1], seed);
        for (int i = 0; i < p.length; i++) {
          for (int j = 0; j < p[i].length; j++) {
            mean[i][j] += p[i][j] / draws;
          }
        }
      }
      double[][] expectation = strategy.expectation(shape[0], shape[1]);
      for (int i = 0; i < mean.length; i++) { // five deviations of a mean of 0/1
        assertThat(mean[i]).containsExactly(expectation[i], Offset.offset(2.5 / Math.sqrt(draws)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void theSeedDecides(PairingStrategy strategy) {
    assertThat(strategy.draw(3, 4, 8)).isDeepEqualTo(strategy.draw(3, 4, 8));
    boolean allEqual = true;
    for (long seed = 0; seed < 20; seed++) {
      allEqual &= Arrays.deepEquals(strategy.draw(3, 4, seed), strategy.expectation(3, 4));
    }
    assertThat(allEqual).isEqualTo(strategy.isStatic());
  }

  @Test
  void namesFindTheirStrategies() {
    assertThat(Pairings.all()).allSatisfy(s -> assertThat(Pairings.named(s.name())).isEqualTo(s));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pairings.named("none"))
        .withMessageContaining("heuristic-paper");
  }

  @Test
  void factorsMultiplyToThePairingExactly() {
    SplittableRandom random = new SplittableRandom(4);
    for (int k = 0; k < 200; k++) {
      double[][] p = new double[1 + random.nextInt(5)][1 + random.nextInt(5)];
      for (double[] row : p) { // few values, so that rows and columns repeat or are zero
        Arrays.setAll(row, j -> random.nextInt(3) * 0.1);
      }
      p[0][0] = 0.7;
      for (Factors factors : List.of(Factors.of(p), Factors.byRow(p))) {
        assertThat(product(factors)).isDeepEqualTo(p);
      }
      assertThat(Factors.of(p).size()).isLessThanOrEqualTo(Math.min(p.length, p[0].length));
      assertThat(Factors.byRow(p).size()).isEqualTo(p.length);
    }
  }

  private static double[][] product(Factors factors) {
    return new Array2DRowRealMatrix(factors.u())
        .multiply(new Array2DRowRealMatrix(factors.v()))
        .getData();
  }

  private static double[][] transposed(double[][] p) {
    return new Array2DRowRealMatrix(p).transpose().getData();
  }
}
