package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.NormKernels;

/** Normalisation of each token, a column at a time on heap arrays. */
final class CpuNormKernels implements NormKernels {
  private float[] gains = new float[0];
  private float[] shifts = new float[0];
  private float[] first = new float[0];
  private float[] second = new float[0];
  private final float[] pair = new float[2];
  private final float[] number = new float[1];

  @Override
  public void layerNorm(Matrix x, Matrix gain, Matrix shift, double eps, Matrix y, Matrix stats) {
    int rows = x.rows();
    gains = Columns.read(gain, gains);
    shifts = Columns.read(shift, shifts);
    first = VectorMath.atLeast(first, rows);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      float mean = VectorMath.sum(first, 0, rows) / rows;
      float variance = VectorMath.sumOfSquares(first, 0, rows, mean) / rows;
      float rstd = (float) (1 / Math.sqrt(variance + eps));
      for (int i = 0; i < rows; i++) {
        first[i] = (first[i] - mean) * rstd * gains[i] + shifts[i];
      }
      Columns.write(first, y, t);
      pair[0] = mean;
      pair[1] = rstd;
      Columns.write(pair, stats, t);
    }
  }

  @Override
  public void layerNormBackward(Matrix x, Matrix gain, Matrix stats, Matrix dY, Matrix dX) {
    int rows = x.rows();
    gains = Columns.read(gain, gains);
    first = VectorMath.atLeast(first, rows);
    second = VectorMath.atLeast(second, rows);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      Columns.read(dY, t, second);
      Columns.read(stats, t, pair);
      float mean = pair[0];
      float rstd = pair[1];
      for (int i = 0; i < rows; i++) {
        first[i] = (first[i] - mean) * rstd;
        second[i] *= gains[i];
      }
      float average = VectorMath.sum(second, 0, rows) / rows;
      float projection = VectorMath.dot(first, 0, second, 0, rows) / rows;
      for (int i = 0; i < rows; i++) {
        first[i] = rstd * (second[i] - average - first[i] * projection);
      }
      Columns.write(first, dX, t);
    }
  }

  @Override
  public void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale) {
    int rows = x.rows();
    gains = Columns.read(gain, gains);
    first = VectorMath.atLeast(first, rows);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      float rho = (float) (1 / Math.sqrt(VectorMath.dot(first, 0, first, 0, rows) / rows + eps));
      for (int i = 0; i < rows; i++) {
        first[i] = first[i] * rho * gains[i];
      }
      Columns.write(first, y, t);
      number[0] = rho;
      Columns.write(number, scale, t);
    }
  }

  @Override
  public void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX) {
    int rows = x.rows();
    gains = Columns.read(gain, gains);
    first = VectorMath.atLeast(first, rows);
    second = VectorMath.atLeast(second, rows);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      Columns.read(dY, t, second);
      Columns.read(scale, t, number);
      float rho = number[0];
      for (int i = 0; i < rows; i++) {
        second[i] *= gains[i];
      }
      float projection = VectorMath.dot(first, 0, second, 0, rows) * rho * rho / rows;
      for (int i = 0; i < rows; i++) {
        first[i] = rho * (second[i] - first[i] * projection);
      }
      Columns.write(first, dX, t);
    }
  }
}
