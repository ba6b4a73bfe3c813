package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Y = c X with a constant c of the architecture, such as the multipliers of Granite.
 *
 * @param factors c in each row [d × 1]
 */
public record Scaling(Matrix factors) {

  /** Of d features; null where c is 1. */
  public static Scaling of(DataType type, double c, int d) {
    if (c == 1) {
      return null;
    }
    double[] factors = new double[d];
    Arrays.fill(factors, c);
    Matrix column = Matrix.unset(type, d, 1);
    column.set(factors);
    return new Scaling(column);
  }

  /** Overwrites Y [d × T], which may be X; the backward of dY is the same. */
  public void forward(Pass pass, Matrix x, Matrix y) {
    pass.kernels().scaleRows(factors, x, 0, y);
  }

  /** Overwrites dX, which may be dY. */
  public void backward(Pass pass, Matrix dY, Matrix dX) {
    pass.kernels().scaleRows(factors, dY, 0, dX);
  }
}
