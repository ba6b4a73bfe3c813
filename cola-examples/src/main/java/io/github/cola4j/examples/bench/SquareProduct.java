package io.github.cola4j.examples.bench;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.stored.BFloat16Copy;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;

/** One product C = A B of square column-major matrices: what this machine can do in a type. */
final class SquareProduct {
  private final int size;
  private final Precision precision;
  private final Matrix a;
  private final StoredMatrix stored; // A in bfloat16, else null
  private final Matrix b;
  private final Matrix c;

  SquareProduct(int size, Precision precision) {
    this.size = size;
    this.precision = precision;
    Random random = new Random(1);
    a = random(size, size, 1, random);
    b = random(size, size, 1, random);
    c = Matrix.zeros(DataType.FLOAT, size, size);
    stored = precision == Precision.BFLOAT16 ? rounded() : null;
  }

  private StoredMatrix rounded() {
    BFloat16Copy copy = new BFloat16Copy(size, size);
    copy.setRows(0, a.toArray());
    return copy.matrix();
  }

  /** Computes it once; the rate in FLOP/s, a multiplication and an addition being two. */
  double rate(Kernels kernels) {
    double seconds =
        Samples.seconds(
            () -> {
              if (stored != null) {
                kernels.gemm(stored, false, precision, b, false, c);
              } else {
                kernels.gemm(1, a, false, b, false, 0, c);
              }
            });
    return 2.0 * size * size * size / seconds;
  }

  String description() {
    return precision + " product " + size + "×" + size + "×" + size;
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
