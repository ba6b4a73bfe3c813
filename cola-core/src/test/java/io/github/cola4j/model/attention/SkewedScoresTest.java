package io.github.cola4j.model.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class SkewedScoresTest {
  private final Random random = new Random(3);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 32, 33, 70})
  void theSquareHasScoresByPlace(int n) {
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
      try (Pass pass = new Pass(type)) {
        Matrix scores = pass.matrix(2 * n - 1, n);
        float[] elements = Matrices.random(type, 2 * n - 1, n, random).toArray();
        scores.set(elements);
        Matrix square = SkewedScores.square(scores);
        assertThat(square.rows()).isEqualTo(n);
        assertThat(square.columns()).isEqualTo(n);
        float[] byPlace = square.toArray();
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < n; j++) {
            assertThat(byPlace[i * n + j]).isEqualTo(elements[i * (2 * n - 1) + j - i + n - 1]);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 32, 33, 70})
  void whatIsTransposed(int n) {
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
      Matrix x = Matrices.random(type, n, n, random);
      Matrix sum = Matrices.random(type, n, n, random);
      double[] before = sum.toDoubles();
      double[] elements = x.toDoubles();
      try (Pass pass = new Pass(type)) {
        Matrix identity = SkewedScores.identity(pass);
        Matrix scores = pass.matrix(2 * n - 1, n);
        pass.kernels().fill(0, scores);
        Matrix square = SkewedScores.square(scores);
        SkewedScores.transpose(pass, identity, x, square);
        SkewedScores.addTransposed(pass, identity, square, sum);
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < n; j++) {
            assertThat(square.toDoubles()[i * n + j]).isEqualTo(elements[j * n + i]);
            assertThat(sum.toDoubles()[i * n + j])
                .isCloseTo(before[i * n + j] + elements[i * n + j], Offset.offset(1e-6));
          }
        }
        double all = 0;
        for (double each : scores.toDoubles()) {
          all += each;
        }
        double within = 0;
        for (double each : elements) {
          within += each;
        }
        assertThat(all)
            .as("nothing is written beside the square")
            .isCloseTo(within, Offset.offset(1e-3));
      }
    }
  }

  @Test
  void otherShapesAreRefused() {
    Matrix scores = Matrix.zeros(DataType.FLOAT, 8, 4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SkewedScores.square(scores))
        .withMessageStartingWith("expected contiguous scores");
  }
}
