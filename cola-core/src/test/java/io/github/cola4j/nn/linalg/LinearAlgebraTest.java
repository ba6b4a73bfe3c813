package io.github.cola4j.nn.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.nn.Matrix;
import java.util.Random;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.NonPositiveDefiniteMatrixException;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class LinearAlgebraTest {
  private static final double PRECISE = 1e-13;

  private static RealMatrix random(int rows, int columns, long seed) {
    Random random = new Random(seed);
    RealMatrix m = MatrixUtils.createRealMatrix(rows, columns);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        m.setEntry(i, j, random.nextGaussian());
      }
    }
    return m;
  }

  private static Matrix matrix(RealMatrix m) {
    Matrix matrix = Matrix.zeros(DataType.DOUBLE, m.getRowDimension(), m.getColumnDimension());
    for (int j = 0; j < m.getColumnDimension(); j++) {
      matrix.columns(j, j + 1).set(m.getColumn(j));
    }
    return matrix;
  }

  private static void assertEqual(RealMatrix actual, RealMatrix expected) {
    assertThat(actual.subtract(expected).getNorm()).isLessThan(PRECISE * (1 + expected.getNorm()));
  }

  private static RealMatrix columns(double[][] q) {
    return new Array2DRowRealMatrix(q).transpose();
  }

  @Test
  void theFactorsOfAThinQrGiveTheMatrix() {
    RealMatrix m = random(30, 5, 1);
    ThinQr qr = LinearAlgebra.thinQr(matrix(m), 1e-10);
    RealMatrix q = columns(qr.q());
    assertEqual(q.multiply(qr.r()), m);
    assertEqual(q.transpose().multiply(q), MatrixUtils.createRealIdentityMatrix(5));
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < i; j++) {
        assertThat(qr.r().getEntry(i, j)).isZero();
      }
    }
  }

  @Test
  void aWideMatrixHasAsManyColumnsInQAsItHasRows() {
    RealMatrix m = random(3, 7, 2);
    ThinQr qr = LinearAlgebra.thinQr(matrix(m), 1e-10);
    assertThat(qr.q().length).isEqualTo(3);
    assertEqual(columns(qr.q()).multiply(qr.r()), m);
  }

  @Test
  void aColumnThatDependsOnOthersIsZeroInQ() {
    RealMatrix m = random(20, 3, 3);
    m.setColumnVector(1, m.getColumnVector(0).mapMultiply(-2));
    ThinQr qr = LinearAlgebra.thinQr(matrix(m), 1e-10);
    assertThat(qr.q()[1]).containsOnly(0);
    assertEqual(columns(qr.q()).multiply(qr.r()), m);
  }

  @Test
  void anSvdGivesTheMatrixAndDescendingValues() {
    RealMatrix m = random(6, 9, 4);
    Svd svd = LinearAlgebra.svd(m);
    RealMatrix s = MatrixUtils.createRealDiagonalMatrix(svd.values());
    assertEqual(svd.u().multiply(s).multiply(svd.v().transpose()), m);
    for (int k = 1; k < svd.values().length; k++) {
      assertThat(svd.values()[k]).isLessThanOrEqualTo(svd.values()[k - 1]);
    }
  }

  @Test
  void aTruncatedSvdHasTheLeadingValuesOfTheFullOne() {
    RealMatrix m = random(12, 8, 5);
    double[] all = LinearAlgebra.svd(m).values();
    double[] leading = LinearAlgebra.truncatedSvd(matrix(m), 3, 1).values();
    assertThat(leading).hasSize(3);
    for (int k = 0; k < leading.length; k++) {
      assertThat(leading[k]).isCloseTo(all[k], within(1e-12));
    }
  }

  @Test
  void aSolutionFulfilsItsEquationAndOnlyPositiveDefiniteMatricesHaveOne() {
    RealMatrix root = random(6, 6, 6);
    RealMatrix m = root.multiply(root.transpose());
    RealMatrix b = random(6, 2, 7);
    assertThat(m.multiply(LinearAlgebra.solve(m, b)).subtract(b).getNorm()).isLessThan(1e-8);
    assertThatThrownBy(() -> LinearAlgebra.solve(m.scalarMultiply(-1), b))
        .isInstanceOf(NonPositiveDefiniteMatrixException.class);
  }

  @Test
  void eigenvectorsAreOnesAndTheirValuesDescend() {
    RealMatrix root = random(5, 5, 8);
    RealMatrix m = root.add(root.transpose());
    SymmetricEigen eigen = LinearAlgebra.eigen(m.getData());
    RealMatrix v = columns(eigen.vectors());
    RealMatrix values = MatrixUtils.createRealDiagonalMatrix(eigen.values());
    assertEqual(m.multiply(v), v.multiply(values));
    for (int k = 1; k < eigen.values().length; k++) {
      assertThat(eigen.values()[k]).isLessThanOrEqualTo(eigen.values()[k - 1]);
    }
  }
}
