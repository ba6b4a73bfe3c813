package io.github.cola4j.model.pooling;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.special.Erf;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Values against the formula, gradients against central differences. */
class ActivationTest {
  private static final double STEP = 1e-6;

  private static DoubleUnaryOperator formula(Activation activation) {
    return switch (activation) {
      case TANH -> Math::tanh;
      case RELU -> z -> Math.max(0, z);
      case GELU -> z -> z * 0.5 * (1 + Erf.erf(z / Math.sqrt(2)));
    };
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void valuesAndGradients(Activation activation) {
    Matrix z = Matrices.random(DataType.DOUBLE, 7, 3, new Random(5));
    z.array().muli(3);
    z.array().putScalar(0, 0, -40);
    z.array().putScalar(1, 0, 40);
    Matrix dY = Matrices.random(DataType.DOUBLE, 7, 3, new Random(6));
    DoubleUnaryOperator f = formula(activation);
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      Matrix y = pass.matrix(7, 3);
      activation.forward(pass, z, y);
      Matrix dZ = pass.matrix(7, 3);
      activation.backward(pass, z, dY, dZ);
      double[] in = z.toDoubles();
      double[] upper = dY.toDoubles();
      for (int i = 0; i < in.length; i++) {
        double slope = (f.applyAsDouble(in[i] + STEP) - f.applyAsDouble(in[i] - STEP)) / (2 * STEP);
        assertThat(y.toDoubles()[i]).isCloseTo(f.applyAsDouble(in[i]), Offset.offset(1e-12));
        assertThat(dZ.toDoubles()[i]).isCloseTo(upper[i] * slope, Offset.offset(1e-7));
      }
    }
  }

  /** In float32 an element of zero or below stays exactly zero, and one above nearly itself. */
  @ParameterizedTest
  @EnumSource(value = Activation.class, names = "RELU")
  void edgesInSinglePrecision(Activation relu) {
    float[] z = {0, -0f, -1e-30f, 1e-30f, 1e30f, -1e30f, 0.1f, 3};
    try (Pass pass = new Pass(DataType.FLOAT)) {
      Matrix y = pass.matrix(4, 2);
      relu.forward(pass, Matrix.of(DataType.FLOAT, 4, 2, z), y);
      for (int i = 0; i < z.length; i++) {
        float expected = Math.max(0, z[i]);
        assertThat(y.toArray()[i]).isCloseTo(expected, Offset.offset(1e-6f * expected));
      }
    }
  }
}
