package io.github.cola4j.adapter.lowrank;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Plain;
import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** The two GEMMs against the paper's loop over pairs, in float64. */
class ColaDeltaTest {
  private static final int IN = 6;
  private static final int OUT = 5;
  private static final int RANK = 2;
  private static final int TOKENS = 4;
  private static final double SCALING = 1.5;
  private static final double TOLERANCE = 1e-10;

  private final Random random = new Random(5);
  private final Pass pass = new Pass(DataType.DOUBLE);

  @AfterEach
  void free() {
    pass.close();
  }

  /** Any matrix as a pairing. */
  private record Fixed(double[][] p) implements PairingStrategy {
    @Override
    public String name() {
      return "fixed";
    }

    @Override
    public double[][] draw(int a, int b, long seed) {
      return p;
    }

    @Override
    public double[][] expectation(int a, int b) {
      return p;
    }
  }

  private enum Initial {
    ZERO,
    EQUAL,
    DISTINCT
  }

  /** An adapter, its memory, and the loop's reading of the same memory. */
  private final class Setup {
    final int m;
    final int n;
    final Matrix a;
    final Matrix b;
    final Matrix a0;
    final Matrix b0;
    final Matrix residualA;
    final Matrix residualB;
    final Matrix gradA;
    final Matrix gradB;
    final Matrix x = gaussian(IN, TOKENS);
    final Matrix dY = gaussian(OUT, TOKENS);
    final ColaDelta adapter;

    Setup(PairingStrategy pairing, int m, int n, Initial initial, double dropout, int residual) {
      this.m = m;
      this.n = n;
      a = gaussian(IN, m * RANK);
      b = gaussian(OUT, n * RANK);
      a0 = start(IN, m, initial);
      b0 = start(OUT, n, initial);
      gradA = Matrix.zeros(DataType.DOUBLE, IN, m * RANK);
      gradB = Matrix.zeros(DataType.DOUBLE, OUT, n * RANK);
      var form = new ColaDelta.Form(pairing, m, n, RANK, SCALING, dropout);
      residualA = residual == 0 ? null : gaussian(IN, residual);
      residualB = residual == 0 ? null : gaussian(OUT, residual);
      adapter = new ColaDelta(form, a, b, gradA, gradB, a0, b0, residualA, residualB);
    }

    private Matrix start(int rows, int blocks, Initial initial) {
      Matrix start = gaussian(rows, blocks * RANK);
      if (initial == Initial.ZERO) {
        pass.kernels().fill(0, start);
      }
      for (int i = 1; initial == Initial.EQUAL && i < blocks; i++) {
        pass.kernels().copy(start.columns(0, RANK), start.columns(i * RANK, (i + 1) * RANK));
      }
      return start;
    }

    Matrix forward(boolean training) {
      if (training) {
        pass.startTraining(23);
      } else {
        pass.startEvaluation();
      }
      adapter.refresh(pass, 29, training);
      Matrix y = Matrix.zeros(DataType.DOUBLE, OUT, TOKENS);
      adapter.forward(pass, x, y);
      return y;
    }

    /** Y, dX, dA and dB of a training step. */
    List<Matrix> step() {
      Matrix y = Matrix.zeros(DataType.DOUBLE, OUT, TOKENS);
      Matrix dX = Matrix.zeros(DataType.DOUBLE, IN, TOKENS);
      pass.startTraining(23);
      adapter.refresh(pass, 29, true);
      Adapter.Saved saved = adapter.forward(pass, x, y);
      adapter.backward(pass, saved, dY, dX);
      return List.of(y, dX, gradA, gradB);
    }

    /** The same by the double loop over pairs. */
    List<double[]> loop(double[][] p) {
      RealMatrix y = MatrixUtils.createRealMatrix(OUT, TOKENS);
      RealMatrix dX = MatrixUtils.createRealMatrix(IN, TOKENS);
      RealMatrix dA = MatrixUtils.createRealMatrix(IN, m * RANK);
      RealMatrix dB = MatrixUtils.createRealMatrix(OUT, n * RANK);
      RealMatrix input = Plain.of(x);
      RealMatrix output = Plain.of(dY);
      for (int i = 0; i < m; i++) {
        RealMatrix ai = block(a, i).transpose();
        RealMatrix fixedA = block(a0, i).transpose();
        for (int j = 0; j < n; j++) {
          double weight = SCALING * p[i][j];
          RealMatrix w = block(b, j).multiply(ai).subtract(block(b0, j).multiply(fixedA));
          y = y.add(w.multiply(input).scalarMultiply(weight));
          dX = dX.add(w.transpose().multiply(output).scalarMultiply(weight));
          RealMatrix dAi = block(b, j).transpose().multiply(output).multiply(input.transpose());
          RealMatrix dBj = output.multiply(ai.multiply(input).transpose());
          addTo(dA, i, dAi.transpose().scalarMultiply(weight));
          addTo(dB, j, dBj.scalarMultiply(weight));
        }
      }
      if (residualA != null) {
        y = y.add(residual().multiply(input));
        dX = dX.add(residual().transpose().multiply(output));
      }
      return List.of(Plain.flat(y), Plain.flat(dX), Plain.flat(dA), Plain.flat(dB));
    }

    /** s R_B R_A [out × in]. */
    RealMatrix residual() {
      return Plain.of(residualB).multiply(Plain.of(residualA).transpose()).scalarMultiply(SCALING);
    }
  }

  static List<Arguments> shapes() {
    List<Arguments> shapes = new ArrayList<>();
    for (int m = 1; m <= 5; m++) {
      for (int n = 1; n <= 5; n++) {
        shapes.add(Arguments.of(m, n));
      }
    }
    return shapes;
  }

  @ParameterizedTest(name = "{0}|{1}")
  @MethodSource("shapes")
  void equalsTheLoopOverPairs(int m, int n) {
    double[][] p = randomPairing(m, n);
    for (Initial initial : Initial.values()) {
      for (int residual : new int[] {0, 1, 5}) {
        Setup setup = new Setup(new Fixed(p), m, n, initial, 0, residual);
        List<Matrix> actual = setup.step();
        List<double[]> expected = setup.loop(p);
        for (int k = 0; k < actual.size(); k++) {
          assertThat(Matrices.distance(actual.get(k).toDoubles(), expected.get(k)))
              .as("Y, dX, dA, dB: number " + k + ", initial factors " + initial)
              .isLessThan(TOLERANCE);
        }
      }
    }
  }

  /** Gaussian entries, some equal rows, a row and a column of zeros where there are several. */
  private double[][] randomPairing(int m, int n) {
    double[][] p = new double[m][n];
    for (double[] row : p) {
      Arrays.setAll(row, j -> random.nextGaussian());
    }
    if (m > 3) {
      p[m - 1] = p[1].clone();
    }
    if (m > 1) {
      Arrays.fill(p[0], 0);
    }
    for (double[] row : p) {
      row[n - 1] = n > 1 ? 0 : row[n - 1];
    }
    return p;
  }

  static List<Arguments> strategies() {
    List<Arguments> arguments = new ArrayList<>();
    for (PairingStrategy strategy : Pairings.all()) {
      for (int[] shape : new int[][] {{2, 3}, {3, 2}, {4, 1}}) {
        arguments.add(Arguments.of(strategy, shape[0], shape[1], 0.0));
        arguments.add(Arguments.of(strategy, shape[0], shape[1], 0.3));
      }
    }
    return arguments;
  }

  @ParameterizedTest(name = "{0} {1}|{2} dropout {3}")
  @MethodSource("strategies")
  void gradientsAreCentralDifferences(PairingStrategy strategy, int m, int n, double dropout) {
    Setup setup = new Setup(strategy, m, n, Initial.DISTINCT, dropout, 3);
    DoubleSupplier loss = () -> Matrices.dot(setup.forward(true), setup.dY);
    List<Matrix> gradients = setup.step();
    List<Matrix> variables = List.of(setup.x, setup.a, setup.b);
    for (int k = 0; k < variables.size(); k++) {
      double[] differences = Matrices.differences(variables.get(k), loss);
      assertThat(Matrices.distance(gradients.get(k + 1).toDoubles(), differences))
          .as("dX, dA, dB: number " + k)
          .isLessThan(1e-8);
    }
  }

  @Test
  void gradientsAddUpAndNoInputGradientIsNeeded() {
    Setup setup = new Setup(Pairings.named("heuristic"), 2, 3, Initial.DISTINCT, 0.2, 3);
    setup.step();
    Matrix once = Matrix.of(DataType.DOUBLE, IN, 2 * RANK, setup.gradA.toArray());
    pass.kernels().copy(setup.gradA, once);
    Adapter.Saved saved =
        setup.adapter.forward(pass, setup.x, Matrix.zeros(DataType.DOUBLE, OUT, TOKENS));
    setup.adapter.backward(pass, saved, setup.dY, null);
    pass.kernels().add(-2, once, setup.gradA);
    assertThat(Matrices.dot(setup.gradA, setup.gradA)).isLessThan(1e-20);
  }

  @ParameterizedTest(name = "{0} {1}|{2} dropout {3}")
  @MethodSource("strategies")
  void evaluationTakesTheExpectation(PairingStrategy strategy, int m, int n, double dropout) {
    Setup setup = new Setup(strategy, m, n, Initial.EQUAL, dropout, 3);
    setup.step();
    double[] expected = setup.loop(strategy.expectation(m, n)).get(0);
    assertThat(Matrices.distance(setup.forward(false).toDoubles(), expected)).isLessThan(TOLERANCE);
  }

  @Test
  void everyAHasOneMaskWhateverItsPartners() {
    double[] first = masks(new double[][] {{1, 0}, {0, 0}}, false, 1);
    double[] both = masks(new double[][] {{1, 1}, {0, 0}}, false, 1);
    double[] second = masks(new double[][] {{0, 0}, {1, 0}}, false, 1);
    assertThat(first).containsOnly(0, 1.25f);
    assertThat(both).containsExactly(Arrays.stream(first).map(y -> 2 * y).toArray());
    assertThat(second).isNotEqualTo(first);
    assertThat(masks(new double[][] {{1, 0}, {0, 0}}, false, 2)).isNotEqualTo(first);
    for (double[] mask : List.of(first, second)) {
      assertThat(Arrays.stream(mask).filter(y -> y > 0).count() / 4000.0).isBetween(0.77, 0.83);
    }
  }

  @Test
  void theFixedPairIsNotDropped() {
    double[][] p = {{1, 0}, {0, 0}};
    double[] dropped = Arrays.stream(masks(p, false, 1)).map(y -> y - 1).toArray();
    assertThat(masks(p, true, 1)).containsExactly(dropped);
  }

  @ParameterizedTest(name = "{0} {1}|{2} dropout {3}")
  @MethodSource("strategies")
  void theResidualPairIsWholeAndTakesNewValues(
      PairingStrategy strategy, int m, int n, double dropout) {
    Setup setup = new Setup(strategy, m, n, Initial.DISTINCT, dropout, 2);
    double[] expected = Plain.flat(setup.residual().multiply(Plain.of(setup.x)));
    double[] with = setup.forward(true).toDoubles();
    pass.kernels().add(-2, setup.residualA, setup.residualA);
    double[] against = setup.forward(true).toDoubles();
    pass.kernels().fill(0, setup.residualB);
    double[] without = setup.forward(true).toDoubles();
    for (int i = 0; i < with.length; i++) {
      with[i] -= without[i];
      against[i] = without[i] - against[i];
    }
    assertThat(Matrices.distance(with, expected)).isLessThan(TOLERANCE);
    assertThat(Matrices.distance(against, expected)).isLessThan(TOLERANCE);
  }

  /** Y of an adapter with all elements 1 of 1 × 1 layers: what its masks sum to, by token. */
  private double[] masks(double[][] p, boolean fixed, long passSeed) {
    Matrix ones = Matrix.of(DataType.DOUBLE, 1, 2, 1, 1);
    Matrix start = fixed ? ones : Matrix.zeros(DataType.DOUBLE, 1, 2);
    Matrix gradient = Matrix.zeros(DataType.DOUBLE, 1, 2);
    var form = new ColaDelta.Form(new Fixed(p), 2, 2, 1, 1, 0.2);
    var adapter = new ColaDelta(form, ones, ones, gradient, gradient, start, start);
    Matrix x = Matrix.zeros(DataType.DOUBLE, 1, 4000);
    x.array().assign(1);
    Matrix y = Matrix.zeros(DataType.DOUBLE, 1, 4000);
    pass.startTraining(passSeed);
    adapter.refresh(pass, 3, true);
    adapter.forward(pass, x, y);
    return y.toDoubles();
  }

  private Matrix gaussian(int rows, int columns) {
    return Matrices.random(DataType.DOUBLE, rows, columns, random);
  }

  private static RealMatrix block(Matrix factors, int index) {
    return Plain.of(factors.columns(index * RANK, (index + 1) * RANK));
  }

  private static void addTo(RealMatrix target, int index, RealMatrix block) {
    RealMatrix sum =
        target
            .getSubMatrix(0, target.getRowDimension() - 1, index * RANK, (index + 1) * RANK - 1)
            .add(block);
    target.setSubMatrix(sum.getData(), 0, index * RANK);
  }
}
