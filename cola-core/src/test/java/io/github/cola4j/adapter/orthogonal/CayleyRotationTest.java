package io.github.cola4j.adapter.orthogonal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Rotations of OFT are orthogonal. */
class CayleyRotationTest {
  private static final int SIZE = 32;
  private static final int BLOCKS = 2;

  /** RᵀR = I for a Q of a given norm, also one with which no series would converge. */
  @ParameterizedTest
  @CsvSource({
    "DOUBLE, 0, 1e-15",
    "DOUBLE, 0.1, 1e-13",
    "DOUBLE, 5, 1e-13",
    "DOUBLE, 30, 1e-12",
    "FLOAT, 0.1, 1e-5",
    "FLOAT, 30, 1e-4"
  })
  void isOrthogonal(DataType type, double norm, double tolerance) {
    Random random = new Random(5);
    int elements = SIZE * (SIZE - 1) / 2;
    Matrix q = Matrices.random(type, elements, BLOCKS, random);
    try (Pass pass = new Pass(type)) {
      pass.startEvaluation();
      Matrix scaled = Matrix.zeros(type, elements, BLOCKS);
      double length = Math.sqrt(2 * Matrices.dot(q, q) / BLOCKS);
      pass.kernels().add(norm / length, q, scaled);
      CayleyRotation rotation = new CayleyRotation(type, SIZE, BLOCKS);
      new SkewBlocks(SIZE, scaled, scaled).write(pass, rotation.q());
      rotation.refresh(pass);
      for (int block = 0; block < BLOCKS; block++) {
        Matrix r = rotation.r().columns(block * SIZE, (block + 1) * SIZE);
        Matrix product = Matrix.zeros(type, SIZE, SIZE);
        pass.kernels().gemm(1, r, true, r, false, 0, product);
        double[] found = product.toDoubles();
        for (int e = 0; e < found.length; e++) {
          double expected = e % (SIZE + 1) == 0 ? 1 : 0;
          assertThat(found[e]).isCloseTo(expected, within(tolerance));
        }
      }
    }
  }

  private static Offset<Double> within(double tolerance) {
    return Offset.offset(tolerance);
  }
}
