package io.github.cola4j.adapter.combine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.Plain;
import io.github.cola4j.adapter.lowrank.LowRankTruncation;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Rules of combination against the same on whole matrices, written down plainly. */
class CombinationTest {
  private static final int IN = 9;
  private static final int OUT = 7;
  private static final int ALL = 7;

  private final Random random = new Random(17);
  private final List<LowRank> changes = List.of(change(2), change(3), change(2));
  private final List<Double> weights = List.of(0.5, 1.0, -0.25);

  private LowRank change(int rank) {
    return new LowRank(
        Matrices.random(DataType.DOUBLE, IN, rank, random),
        Matrices.random(DataType.DOUBLE, OUT, rank, random));
  }

  private static RealMatrix dense(LowRank change) {
    return Plain.of(change.b()).multiply(Plain.of(change.a()).transpose());
  }

  private static double distance(LowRank actual, RealMatrix expected) {
    return Matrices.distance(Plain.flat(dense(actual)), Plain.flat(expected));
  }

  private RealMatrix weightedSum() {
    RealMatrix sum = dense(changes.get(0)).scalarMultiply(0);
    for (int t = 0; t < changes.size(); t++) {
      sum = sum.add(dense(changes.get(t)).scalarMultiply(weights.get(t)));
    }
    return sum;
  }

  @Test
  void arithmeticIsTheWeightedSum() {
    LowRank sum = new TaskArithmetic().combine("layer", changes, weights);
    assertThat(sum.rank()).isEqualTo(7);
    assertThat(distance(sum, weightedSum())).isLessThan(1e-6);
  }

  @Test
  void svdIsTheBestOfItsRank() {
    RealMatrix sum = weightedSum();
    var svd = new SingularValueDecomposition(sum);
    for (int rank = 1; rank <= 7; rank++) {
      RealMatrix best = sum.scalarMultiply(0);
      for (int k = 0; k < rank; k++) {
        best =
            best.add(
                svd.getU()
                    .getColumnMatrix(k)
                    .multiply(svd.getV().getColumnMatrix(k).transpose())
                    .scalarMultiply(svd.getSingularValues()[k]));
      }
      LowRank actual = new TruncatedArithmetic(rank).combine("layer", changes, weights);
      assertThat(actual.rank()).isEqualTo(rank);
      assertThat(distance(actual, best)).as("rank " + rank).isLessThan(1e-5);
    }
  }

  @Test
  void truncationKnowsSharesAndDependentColumns() {
    Matrix a = Matrices.random(DataType.DOUBLE, IN, 3, random);
    Matrix b = Matrices.random(DataType.DOUBLE, OUT, 3, random);
    a.columns(2, 3).array().assign(a.columns(0, 1).array().mul(-2));
    LowRank change = new LowRank(a, b);
    LowRankTruncation truncation = new LowRankTruncation(change);
    double[] values = truncation.values();
    double[] expected = new SingularValueDecomposition(dense(change)).getSingularValues();
    for (int k = 0; k < 3; k++) {
      assertThat(values[k]).isCloseTo(expected[k], Offset.offset(1e-9 * expected[0]));
    }
    assertThat(values[2]).isLessThan(1e-9 * values[0]);
    assertThat(distance(truncation.to(2), dense(change))).isLessThan(1e-6);
    double share = values[0] * values[0] / (values[0] * values[0] + values[1] * values[1]);
    assertThat(truncation.kept(1)).isCloseTo(share, Offset.offset(1e-12));
    assertThat(truncation.kept(2)).isCloseTo(1, Offset.offset(1e-12));
    assertThat(truncation.rankFor(share * 0.99)).isEqualTo(1);
    assertThat(truncation.rankFor((1 + share) / 2)).isEqualTo(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> truncation.rankFor(0))
        .withMessageContaining("(0, 1]");
    assertThatIllegalArgumentException().isThrownBy(() -> truncation.to(0));
  }

  @Test
  void tiesTrimsElectsAndTakesTheMeanOfThoseThatAgree() {
    double density = 0.4;
    double[][] trimmed =
        changes.stream()
            .map(change -> trimmed(Plain.flat(dense(change)), density))
            .toArray(double[][]::new);
    double[] expected = new double[IN * OUT];
    int disagreements = 0;
    for (int i = 0; i < expected.length; i++) {
      int place = i;
      double[] values =
          IntStream.range(0, 3).mapToDouble(t -> weights.get(t) * trimmed[t][place]).toArray();
      double sign = Math.signum(Arrays.stream(values).sum());
      double[] agreeing = Arrays.stream(values).filter(v -> v * sign > 0).toArray();
      expected[i] = Arrays.stream(agreeing).average().orElse(0);
      disagreements += Arrays.stream(values).anyMatch(v -> v * sign < 0) ? 1 : 0;
    }
    assertThat(disagreements).isPositive();
    LowRank actual = new Ties(density, ALL).combine("layer", changes, weights);
    assertThat(distance(actual, Plain.of(OUT, IN, expected))).isLessThan(1e-5);
  }

  private static double[] trimmed(double[] elements, double density) {
    int keep = (int) Math.ceil(density * elements.length);
    double[] kept = new double[elements.length];
    IntStream.range(0, elements.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -Math.abs(elements[i])))
        .limit(keep)
        .forEach(i -> kept[i] = elements[i]);
    return kept;
  }

  @Test
  void dareIsTheWeightedSumOnAverageAndRepeatable() {
    Dare rule = new Dare(0.5, ALL, 3);
    LowRank once = rule.combine("layer", changes, weights);
    assertThat(rule.combine("layer", changes, weights).b().toArray())
        .containsExactly(once.b().toArray());
    assertThat(rule.combine("other", changes, weights).b().toArray())
        .isNotEqualTo(once.b().toArray());
    RealMatrix mean = dense(once).scalarMultiply(0);
    int tries = 4000;
    for (int seed = 0; seed < tries; seed++) {
      LowRank one = new Dare(0.5, ALL, seed).combine("layer", changes, weights);
      mean = mean.add(dense(one).scalarMultiply(1.0 / tries));
    }
    assertThat(Matrices.distance(Plain.flat(mean), Plain.flat(weightedSum()))).isLessThan(0.05);
    assertThat(distance(new Dare(1, ALL, 3).combine("layer", changes, weights), weightedSum()))
        .isLessThan(1e-5);
  }

  @Test
  void rulesAreFoundByName() {
    for (String name : Combinations.NAMES) {
      assertThat(Combinations.named(name, 4, 0.5, 1).name()).isEqualTo(name);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Combinations.named("mean", 4, 0.5, 1))
        .withMessageContaining("arithmetic, svd, ties, dare");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Combinations.named("ties", 4, 0, 1))
        .withMessageContaining("density");
  }
}
