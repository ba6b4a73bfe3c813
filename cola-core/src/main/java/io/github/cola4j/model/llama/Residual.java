package io.github.cola4j.model.llama;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.Norm;
import io.github.cola4j.nn.layer.Scaling;

/**
 * How the output A of half a block joins its input: Y = X + c N(A).
 *
 * @param norm N, as after the halves of OLMo 2 and Gemma 3; null for none
 * @param scaling c, Granite's residual multiplier; null for 1
 */
record Residual(Norm norm, Scaling scaling) {

  /** Where A is to be written: memory of its own where the norm's backward needs it, else Y's. */
  Matrix branch(Pass pass, Matrix y) {
    return norm == null ? y : pass.matrix(y.rows(), y.columns());
  }

  /**
   * Overwrites Y [d × n].
   *
   * @param a as {@link #branch} gave it
   * @param chosen the n columns of X; null for all
   */
  Norm.Saved forward(Pass pass, Matrix a, Matrix x, int[] chosen, Matrix y) {
    Norm.Saved saved = norm == null ? null : norm.forward(pass, a, y);
    if (scaling != null) {
      scaling.forward(pass, y, y);
    }
    if (chosen == null) {
      pass.kernels().add(1, x, y);
    } else {
      pass.kernels().gather(x, chosen, true, y);
    }
    return saved;
  }

  /** dA, which may be dY itself; that of X is dY, at the chosen columns. */
  Matrix backward(Pass pass, Norm.Saved saved, Matrix dY) {
    if (norm == null && scaling == null) {
      return dY;
    }
    Matrix dA = pass.matrix(dY.rows(), dY.columns());
    if (scaling != null) {
      scaling.backward(pass, dY, dA);
    }
    if (norm != null) {
      norm.backward(pass, saved, scaling == null ? dY : dA, dA);
    }
    return dA;
  }
}
