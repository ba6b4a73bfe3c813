package io.github.cola4j.adapter.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.Plain;
import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.TruncatedSvd;
import io.github.cola4j.nn.weight.Remainder;
import io.github.cola4j.nn.weight.Weight;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

class InitializersTest {
  private static final double SCALING = 2.5;
  private static final int RANK = 2;

  /** Singular vectors are kept as float32. */
  private static final double TOLERANCE = 1e-6;

  private final Random random = new Random(6);

  /** A module's factors after initialisation. */
  private record Start(Matrix w, Matrix a, Matrix b, double[][] p) {
    RealMatrix blockA(int i) {
      return Plain.of(a.columns(i * RANK, (i + 1) * RANK)).transpose();
    }

    RealMatrix blockB(int j) {
      return Plain.of(b.columns(j * RANK, (j + 1) * RANK));
    }

    /** s Σ P_ij B_j A_i. */
    RealMatrix product() {
      RealMatrix sum = MatrixUtils.createRealMatrix(w.rows(), w.columns());
      for (int i = 0; i < p.length; i++) {
        for (int j = 0; j < p[i].length; j++) {
          sum = sum.add(blockB(j).multiply(blockA(i)).scalarMultiply(SCALING * p[i][j]));
        }
      }
      return sum;
    }
  }

  private Start start(String init, String pairing, int out, int in, int m, int n, long seed) {
    Matrix w = Matrices.random(DataType.DOUBLE, out, in, new Random(1));
    Matrix a = Matrices.random(DataType.DOUBLE, in, m * RANK, random);
    Matrix b = Matrices.random(DataType.DOUBLE, out, n * RANK, random);
    PairingStrategy strategy = Pairings.named(pairing);
    Initializers.named(init)
        .initialize(
            new AdapterInitializer.Module(
                new FrozenLinear("layer", Weight.of(w), null, remainder(init, out, in)),
                strategy,
                m,
                n,
                RANK,
                SCALING,
                seed),
            a,
            b);
    return new Start(w, a, b, strategy.expectation(m, n));
  }

  /** L and R of a weight that was quantised. */
  private record Kept(String init, int rank, float[] left, float[] right) implements Remainder {}

  private static Remainder remainder(String init, int out, int in) {
    Random random = new Random(8);
    float[] left = Matrices.random(DataType.FLOAT, out, RANK, random).toArray();
    float[] right = Matrices.random(DataType.FLOAT, in, RANK, random).toArray();
    return new Kept(init, RANK, left, right);
  }

  static List<Arguments> remainders() {
    return Pairings.all().stream()
        .flatMap(
            pairing ->
                Stream.of("loftq", "qpissa")
                    .flatMap(
                        init ->
                            Stream.of(
                                Arguments.of(init, pairing.name(), 1, 1),
                                Arguments.of(init, pairing.name(), 2, 3),
                                Arguments.of(init, pairing.name(), 3, 2))))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("remainders")
  void whatAWeightLacksIsTheProductForEveryPairing(String init, String pairing, int m, int n) {
    Start start = start(init, pairing, 20, 14, m, n, 1);
    Remainder kept = remainder(init, 20, 14);
    RealMatrix left = Plain.of(Matrix.of(DataType.FLOAT, 20, RANK, kept.left()));
    RealMatrix right = Plain.of(Matrix.of(DataType.FLOAT, 14, RANK, kept.right()));
    assertThat(distance(start.product(), left.multiply(right.transpose()))).isLessThan(TOLERANCE);
    assertThat(Initializers.named(init).subtracts()).isFalse();
    assertThat(Initializers.named("pissa").subtracts()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "loftq | none | 2 | has no start stored beside it; write the model with cola quantize"
            + " --start loftq --rank 2",
        "loftq | qpissa | 2 | has a start of init qpissa and rank 2",
        "qpissa | qpissa | 3 | rank 2 stored beside it, got rank 3"
      })
  void anotherStartIsRefused(String init, String stored, int rank, String message) {
    Matrix w = Matrices.random(DataType.DOUBLE, 9, 7, random);
    Remainder kept = stored.equals("none") ? null : remainder(stored, 9, 7);
    AdapterInitializer.Module module =
        new AdapterInitializer.Module(
            new FrozenLinear("layer", Weight.of(w), null, kept),
            Pairings.named("full"),
            1,
            1,
            rank,
            1,
            1);
    Matrix a = Matrix.zeros(DataType.DOUBLE, 7, rank);
    Matrix b = Matrix.zeros(DataType.DOUBLE, 9, rank);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Initializers.named(init).initialize(module, a, b))
        .withMessageContaining("the weight of layer")
        .withMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"20, 14", "14, 20"})
  void pissaSumsToTheBestRankROfW(int out, int in) {
    Start start = start("pissa", "full", out, in, 2, 3, 1);
    assertThat(distance(start.product(), truncated(start.w(), 0, RANK))).isLessThan(TOLERANCE);
    assertThat(start.blockA(0)).isEqualTo(start.blockA(1));
    assertThat(start.blockB(0)).isEqualTo(start.blockB(2));
  }

  @ParameterizedTest
  @CsvSource({"heuristic, 2, 4", "heuristic, 2, 3", "heuristic-paper, 2, 5"})
  void splitPissaSumsToTheBestRankOfAllBlocks(String pairing, int m, int n) {
    Start start = start("split-pissa", pairing, 20, 14, m, n, 1);
    assertThat(distance(start.product(), truncated(start.w(), 0, m * RANK))).isLessThan(TOLERANCE);
  }

  @Test
  void splitPissaGivesEveryAItsOwnTriplets() {
    Start start = start("split-pissa", "heuristic", 20, 14, 2, 3, 1);
    RealMatrix first = start.blockB(0).add(start.blockB(2)).multiply(start.blockA(0));
    assertThat(distance(first.scalarMultiply(SCALING), truncated(start.w(), 0, RANK)))
        .isLessThan(TOLERANCE);
    RealMatrix second = start.blockB(1).multiply(start.blockA(1));
    assertThat(distance(second.scalarMultiply(SCALING), truncated(start.w(), RANK, 2 * RANK)))
        .isLessThan(TOLERANCE);
    assertThat(start.blockA(0).multiply(start.blockA(1).transpose()).getNorm())
        .isLessThan(TOLERANCE);
  }

  @Test
  void splitPissaNeedsATripletForEveryRowOfEveryA() {
    assertThat(Initializers.named("split-pissa").rankNeeded(3, 2)).isEqualTo(6);
    assertThat(Initializers.named("pissa").rankNeeded(3, 2)).isEqualTo(2);
    assertThat(Initializers.named("kaiming").rankNeeded(3, 2)).isEqualTo(2);
  }

  @Test
  void kaimingIsUniformForEveryAAndZeroForB() {
    Start start = start("kaiming", "full", 30, 100, 3, 2, 1);
    double[] a = start.a().toDoubles();
    double bound = 1 / Math.sqrt(100);
    assertThat(Arrays.stream(a).map(Math::abs).max().orElseThrow()).isBetween(0.98 * bound, bound);
    double variance = Arrays.stream(a).map(x -> x * x).average().orElseThrow();
    assertThat(variance).isBetween(0.85 * bound * bound / 3, 1.15 * bound * bound / 3);
    assertThat(start.blockA(0)).isNotEqualTo(start.blockA(1));
    assertThat(start.b().toDoubles()).containsOnly(0);
    assertThat(start("kaiming", "full", 30, 100, 3, 2, 2).a().toArray())
        .isNotEqualTo(start.a().toArray());
  }

  static List<AdapterInitializer> initializers() {
    return Initializers.all();
  }

  @ParameterizedTest
  @MethodSource("initializers")
  void everyStartIsRepeatableAndSharesNoMemory(AdapterInitializer initializer) {
    Start start = start(initializer.name(), "random", 20, 14, 2, 3, 7);
    Start again = start(initializer.name(), "random", 20, 14, 2, 3, 7);
    assertThat(again.a().toArray()).containsExactly(start.a().toArray());
    assertThat(again.b().toArray()).containsExactly(start.b().toArray());
    start.a().columns(0, RANK).array().assign(100);
    start.b().columns(0, RANK).array().assign(100);
    assertThat(start.blockA(1)).isEqualTo(again.blockA(1));
    assertThat(start.blockB(1)).isEqualTo(again.blockB(1));
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void randomisedSvdFindsTheLeadingTripletsOfALargeMatrix(DataType type) {
    int rank = 16;
    RealMatrix left = orthonormal(300, 250);
    RealMatrix right = orthonormal(250, 250);
    double[] values = new double[250];
    Arrays.setAll(values, k -> Math.pow(0.9, k));
    RealMatrix w =
        left.multiply(MatrixUtils.createRealDiagonalMatrix(values)).multiply(right.transpose());
    Matrix matrix = Matrix.of(type, 300, 250, floats(w));
    TruncatedSvd svd = LinearAlgebra.truncatedSvd(matrix, rank, 5);
    for (int k = 0; k < rank; k++) {
      assertThat(svd.values()[k] / values[k]).isBetween(1 - 1e-5, 1 + 1e-5);
      assertThat(Math.abs(along(svd.left(), k, left))).isBetween(1 - 1e-5, 1 + 1e-5);
      assertThat(Math.abs(along(svd.right(), k, right))).isBetween(1 - 1e-5, 1 + 1e-5);
    }
    assertThat(LinearAlgebra.truncatedSvd(matrix, rank, 5).left()).containsExactly(svd.left());
    // signs do not depend on the random start
    assertThat(LinearAlgebra.truncatedSvd(matrix, rank, 6).left())
        .containsExactly(svd.left(), Offset.offset(1e-4f));
  }

  private RealMatrix orthonormal(int rows, int columns) {
    RealMatrix gaussian = Plain.of(Matrices.random(DataType.DOUBLE, rows, columns, random));
    return new QRDecomposition(gaussian).getQ().getSubMatrix(0, rows - 1, 0, columns - 1);
  }

  private static double along(float[] vectors, int k, RealMatrix expected) {
    int rows = expected.getRowDimension();
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      sum += vectors[k * rows + i] * expected.getEntry(i, k);
    }
    return sum;
  }

  /** The part of W of some singular triplets, by a full decomposition in float64. */
  private static RealMatrix truncated(Matrix w, int from, int to) {
    var svd = new SingularValueDecomposition(Plain.of(w));
    double[] values = new double[svd.getSingularValues().length];
    System.arraycopy(svd.getSingularValues(), from, values, from, to - from);
    return svd.getU().multiply(MatrixUtils.createRealDiagonalMatrix(values)).multiply(svd.getVT());
  }

  private static double distance(RealMatrix actual, RealMatrix expected) {
    return actual.subtract(expected).getFrobeniusNorm() / expected.getFrobeniusNorm();
  }

  private static float[] floats(RealMatrix m) {
    double[] wide = Plain.flat(m);
    float[] elements = new float[wide.length];
    for (int i = 0; i < wide.length; i++) {
      elements[i] = (float) wide[i];
    }
    return elements;
  }
}
