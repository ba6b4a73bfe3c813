package io.github.cola4j.examples.bench;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;

/** One product C = A B of square column-major float32 matrices: what this machine can do. */
final class Sgemm {
  private final int size;
  private final Matrix a;
  private final Matrix b;
  private final Matrix c;

  Sgemm(int size) {
    this.size = size;
    Random random = new Random(1);
    a = random(size, size, 1, random);
    b = random(size, size, 1, random);
    c = Matrix.zeros(DataType.FLOAT, size, size);
  }

  /** Computes it once; the rate in FLOP/s, a multiplication and an addition being two. */
  double rate(Kernels kernels) {
    double seconds = Samples.seconds(() -> kernels.gemm(1, a, false, b, false, 0, c));
    return 2.0 * size * size * size / seconds;
  }

  String description() {
    return "sgemm " + size + "×" + size + "×" + size;
  }

  /** Normally distributed elements times {@code scale}. */
  static Matrix random(int rows, int columns, double scale, Random random) {
    float[] elements = new float[rows * columns];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) (scale * random.nextGaussian());
    }
    return Matrix.of(DataType.FLOAT, rows, columns, elements);
  }
}
