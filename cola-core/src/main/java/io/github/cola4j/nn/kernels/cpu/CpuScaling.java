package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;

/**
 * What adapters need of the CPU's kernels besides products: column by column on heap arrays.
 * Formulas and shapes as in {@link Kernels}.
 */
final class CpuScaling {
  private float[] first = new float[0];
  private float[] second = new float[0];
  private float[] third = new float[0];
  private final float[] number = new float[1];

  void scaleRows(Matrix scale, Matrix x, double beta, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    read(scale, 0, third);
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      for (int i = 0; i < rows; i++) {
        first[i] *= third[i];
      }
      blend(rows, beta, y, t);
    }
  }

  void rowDots(Matrix x, Matrix y, Matrix out) {
    int rows = x.rows();
    reserve(rows);
    read(out, 0, third);
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      read(y, t, second);
      for (int i = 0; i < rows; i++) {
        third[i] += first[i] * second[i];
      }
    }
    write(third, out, 0);
  }

  void inverseRoots(Matrix x, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      for (int i = 0; i < rows; i++) {
        first[i] = first[i] <= 0 ? 0 : (float) (1 / Math.sqrt(first[i]));
      }
      write(first, y, t);
    }
  }

  void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      read(scale, t, number);
      VectorMath.scale(first, 0, VectorMath.padded(rows), number[0]);
      blend(rows, beta, y, t);
    }
  }

  void columnDots(Matrix x, Matrix y, Matrix out) {
    int rows = x.rows();
    reserve(rows);
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      read(y, t, second);
      number[0] = VectorMath.dot(first, 0, second, 0, rows);
      write(number, out, t);
    }
  }

  void softmax(Matrix x, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    int padded = VectorMath.padded(rows);
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      Arrays.fill(first, rows, padded, Float.NEGATIVE_INFINITY);
      float sum = VectorMath.expAndSum(first, 0, padded, VectorMath.max(first, 0, rows));
      VectorMath.scale(first, 0, padded, 1 / sum);
      write(first, y, t);
    }
  }

  void softmaxBackward(Matrix y, Matrix dY, Matrix dX) {
    int rows = y.rows();
    reserve(rows);
    for (int t = 0; t < y.columns(); t++) {
      read(y, t, first);
      read(dY, t, second);
      float centre = VectorMath.dot(first, 0, second, 0, rows);
      for (int i = 0; i < rows; i++) {
        first[i] *= second[i] - centre;
      }
      write(first, dX, t);
    }
  }

  /** Column t of Y ← beta Y + the first array. */
  private void blend(int rows, double beta, Matrix y, int t) {
    if (beta != 0) {
      read(y, t, second);
      for (int i = 0; i < rows; i++) {
        first[i] += (float) beta * second[i];
      }
    }
    write(first, y, t);
  }

  private void reserve(int rows) {
    int padded = VectorMath.padded(rows);
    if (first.length < padded) {
      first = new float[padded];
      second = new float[padded];
      third = new float[padded];
    }
  }

  private static void read(Matrix m, int column, float[] target) {
    m.storage().read(m.offset() + (long) column * m.stride(), target, 0, m.rows());
  }

  private static void write(float[] source, Matrix m, int column) {
    m.storage().write(m.offset() + (long) column * m.stride(), source, 0, m.rows());
  }
}
