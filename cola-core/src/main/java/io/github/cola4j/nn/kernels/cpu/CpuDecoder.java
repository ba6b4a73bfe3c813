package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;

/**
 * What a decoder needs of the CPU's kernels besides attention: column by column on heap arrays, by
 * the Vector API. Formulas and shapes as in {@link Kernels}.
 */
final class CpuDecoder {
  private float[] first = new float[0];
  private float[] second = new float[0];
  private float[] third = new float[0];
  private float[] gains = new float[0];
  private final float[] number = new float[1];

  void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale) {
    int rows = x.rows();
    reserve(rows);
    read(gain, 0, gains);
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      float rho = (float) (1 / Math.sqrt(VectorMath.dot(first, 0, first, 0, rows) / rows + eps));
      for (int i = 0; i < rows; i++) {
        first[i] = first[i] * rho * gains[i];
      }
      write(first, y, t);
      number[0] = rho;
      write(number, scale, t);
    }
  }

  void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX) {
    int rows = x.rows();
    reserve(rows);
    read(gain, 0, gains);
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      read(dY, t, second);
      read(scale, t, number);
      float rho = number[0];
      for (int i = 0; i < rows; i++) {
        second[i] *= gains[i];
      }
      float projection = VectorMath.dot(first, 0, second, 0, rows) * rho * rho / rows;
      for (int i = 0; i < rows; i++) {
        first[i] = rho * (second[i] - first[i] * projection);
      }
      write(first, dX, t);
    }
  }

  void rotate(Matrix x, Matrix angles, boolean back) {
    int half = angles.rows() / 2;
    reserve(x.rows());
    second = VectorMath.atLeast(second, angles.rows());
    for (int t = 0; t < x.columns(); t++) {
      read(x, t, first);
      read(angles, t, second);
      if (back) {
        for (int i = half; i < 2 * half; i++) {
          second[i] = -second[i];
        }
      }
      for (int from = 0; from < x.rows(); from += 2 * half) {
        for (int i = 0; i < half; i++) {
          float low = first[from + i];
          float high = first[from + half + i];
          first[from + i] = low * second[i] - high * second[half + i];
          first[from + half + i] = high * second[i] + low * second[half + i];
        }
      }
      write(first, x, t);
    }
  }

  void swiGlu(Matrix gate, Matrix up, Matrix y) {
    int rows = gate.rows();
    reserve(rows);
    for (int t = 0; t < gate.columns(); t++) {
      read(gate, t, first);
      read(up, t, second);
      VectorMath.swiGlu(first, second, VectorMath.padded(rows));
      write(first, y, t);
    }
  }

  void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp) {
    int rows = gate.rows();
    reserve(rows);
    for (int t = 0; t < gate.columns(); t++) {
      read(gate, t, first);
      read(up, t, second);
      read(dY, t, third);
      VectorMath.swiGluBackward(first, second, third, VectorMath.padded(rows));
      write(first, dGate, t);
      write(second, dUp, t);
    }
  }

  void scatterAdd(Matrix x, int[] index, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    for (int t = 0; t < index.length; t++) {
      read(x, t, first);
      read(y, index[t], second);
      for (int i = 0; i < rows; i++) {
        second[i] += first[i];
      }
      write(second, y, index[t]);
    }
  }

  private void reserve(int rows) {
    int padded = VectorMath.padded(rows);
    if (first.length < padded) {
      first = new float[padded];
      second = new float[padded];
      third = new float[padded];
      gains = new float[padded];
    }
  }

  private static void read(Matrix m, int column, float[] target) {
    m.storage().read(m.offset() + (long) column * m.stride(), target, 0, m.rows());
  }

  private static void write(float[] source, Matrix m, int column) {
    m.storage().write(m.offset() + (long) column * m.stride(), source, 0, m.rows());
  }
}
