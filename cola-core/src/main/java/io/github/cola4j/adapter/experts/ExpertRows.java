package io.github.cola4j.adapter.experts;

import io.github.cola4j.nn.Matrix;
import org.nd4j.linalg.api.buffer.DataType;

/** Constant matrices that spread numbers of experts over the rows of their stacked ranks. */
final class ExpertRows {
  private ExpertRows() {}

  /** [E·r × E]: 1 where row e·r + i meets column e. */
  static Matrix indicator(DataType type, int experts, int rank) {
    float[] elements = new float[experts * rank * experts];
    for (int e = 0; e < experts; e++) {
      for (int i = 0; i < rank; i++) {
        elements[e * experts * rank + e * rank + i] = 1;
      }
    }
    return Matrix.of(type, experts * rank, experts, elements);
  }

  /** [E·r × r]: E identities, one under the other. */
  static Matrix copies(DataType type, int experts, int rank) {
    float[] elements = new float[experts * rank * rank];
    for (int i = 0; i < rank; i++) {
      for (int e = 0; e < experts; e++) {
        elements[i * experts * rank + e * rank + i] = 1;
      }
    }
    return Matrix.of(type, experts * rank, rank, elements);
  }
}
