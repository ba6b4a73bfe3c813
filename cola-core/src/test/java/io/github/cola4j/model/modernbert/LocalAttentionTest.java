package io.github.cola4j.model.modernbert;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Values against the formula, gradients against central differences, by blocks and without. */
class LocalAttentionTest {
  private static final int HEADS = 2;
  private static final int WIDTH = 3;
  private static final double STEP = 1e-5;

  /** Around a block of 64 queries, and several. */
  private static final int[] LENGTHS = {1, 150, 5, 64, 65, 128};

  private final Random random = new Random(5);

  private static Matrix matrix(Pass pass, TokenBatch batch) {
    return pass.matrix(HEADS * WIDTH, batch.tokens());
  }

  private static Matrix forward(
      Pass pass, int reach, TokenBatch batch, Matrix q, Matrix k, Matrix v) {
    pass.startEvaluation();
    LocalAttention attention = LocalAttention.of(pass, batch, HEADS, reach);
    Matrix o = matrix(pass, batch);
    attention.forward(pass, q, k, v, batch, o, pass.matrix(HEADS, batch.tokens()));
    return o;
  }

  /** O by the formula, a query and a key at a time. */
  private static double[] expected(int reach, TokenBatch batch, Matrix q, Matrix k, Matrix v) {
    int d = HEADS * WIDTH;
    double[] queries = q.toDoubles();
    double[] keys = k.toDoubles();
    double[] values = v.toDoubles();
    double[] o = new double[queries.length];
    for (int s = 0; s < batch.sequences(); s++) {
      for (int i = batch.starts()[s]; i < batch.starts()[s + 1]; i++) {
        for (int h = 0; h < HEADS; h++) {
          double sum = 0;
          for (int j = batch.starts()[s]; j < batch.starts()[s + 1]; j++) {
            if (Math.abs(i - j) > reach) {
              continue;
            }
            double score = 0;
            for (int c = h * WIDTH; c < (h + 1) * WIDTH; c++) {
              score += queries[i * d + c] * keys[j * d + c] / Math.sqrt(WIDTH);
            }
            sum += Math.exp(score);
            for (int c = h * WIDTH; c < (h + 1) * WIDTH; c++) {
              o[i * d + c] += Math.exp(score) * values[j * d + c];
            }
          }
          for (int c = h * WIDTH; c < (h + 1) * WIDTH; c++) {
            o[i * d + c] /= sum;
          }
        }
      }
    }
    return o;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 64, 100, 148, 149, LocalAttention.ALL})
  void valuesAreThoseOfTheFormula(int reach) {
    TokenBatch batch = Matrices.batch(9, random, LENGTHS);
    for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
      Matrix q = Matrices.random(type, HEADS * WIDTH, batch.tokens(), random);
      Matrix k = Matrices.random(type, HEADS * WIDTH, batch.tokens(), random);
      Matrix v = Matrices.random(type, HEADS * WIDTH, batch.tokens(), random);
      try (Pass pass = new Pass(type)) {
        assertThat(forward(pass, reach, batch, q, k, v).toDoubles())
            .containsExactly(
                expected(reach, batch, q, k, v),
                Offset.offset(type == DataType.DOUBLE ? 1e-12 : 2e-5));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 64, LocalAttention.ALL})
  void gradientsAreThoseOfItsOutput(int reach) {
    TokenBatch batch = Matrices.batch(9, random, 130, 1, 66);
    Matrix q = Matrices.random(DataType.DOUBLE, HEADS * WIDTH, batch.tokens(), random);
    Matrix k = Matrices.random(DataType.DOUBLE, HEADS * WIDTH, batch.tokens(), random);
    Matrix v = Matrices.random(DataType.DOUBLE, HEADS * WIDTH, batch.tokens(), random);
    Matrix dO = Matrices.random(DataType.DOUBLE, HEADS * WIDTH, batch.tokens(), random);
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      LocalAttention attention = LocalAttention.of(pass, batch, HEADS, reach);
      Matrix o = matrix(pass, batch);
      Matrix logSumExp = pass.matrix(HEADS, batch.tokens());
      attention.forward(pass, q, k, v, batch, o, logSumExp);
      Matrix dQ = matrix(pass, batch);
      Matrix dK = matrix(pass, batch);
      Matrix dV = matrix(pass, batch);
      attention.backward(pass, q, k, v, batch, o, logSumExp, dO, dQ, dK, dV);
      Matrix[] gradients = {copy(dQ), copy(dK), copy(dV)};
      Matrix[] inputs = {q, k, v};
      for (int i = 0; i < inputs.length; i++) {
        for (int direction = 0; direction < 3; direction++) {
          Matrix along = Matrices.random(DataType.DOUBLE, q.rows(), q.columns(), random);
          double up = moved(pass, reach, batch, inputs, i, STEP, along, dO);
          double down = moved(pass, reach, batch, inputs, i, -STEP, along, dO);
          double expected = (up - down) / (2 * STEP);
          assertThat(Matrices.dot(gradients[i], along))
              .isCloseTo(expected, Offset.offset(1e-6 * Math.max(1, Math.abs(expected))));
        }
      }
    }
  }

  private static Matrix copy(Matrix m) {
    Matrix copy = Matrix.zeros(m.type(), m.rows(), m.columns());
    copy.set(m.toDoubles());
    return copy;
  }

  /** ⟨O, dO⟩ where an input is some way along a direction. */
  private static double moved(
      Pass pass,
      int reach,
      TokenBatch batch,
      Matrix[] inputs,
      int input,
      double step,
      Matrix along,
      Matrix dO) {
    Matrix[] moved = inputs.clone();
    moved[input] = Matrix.zeros(DataType.DOUBLE, along.rows(), along.columns());
    pass.kernels().copy(inputs[input], moved[input]);
    pass.kernels().add(step, along, moved[input]);
    return Matrices.dot(forward(pass, reach, batch, moved[0], moved[1], moved[2]), dO);
  }
}
