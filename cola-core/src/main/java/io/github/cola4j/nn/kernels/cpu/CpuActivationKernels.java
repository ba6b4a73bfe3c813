package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.ActivationKernels;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;

/** Activations, tile by tile or column by column on heap arrays. */
final class CpuActivationKernels implements ActivationKernels {
  private final float[] tile = new float[Tiles.SIZE];
  private final float[] tileSecond = new float[Tiles.SIZE];
  private float[] first = new float[0];
  private float[] second = new float[0];
  private float[] third = new float[0];

  @Override
  public void gelu(Matrix x, Matrix y) {
    for (Tiles tiles = new Tiles(x, y); tiles.next(); ) {
      x.storage().read(x.offset() + tiles.offset(), tile, 0, tiles.length());
      VectorMath.gelu(tile, tiles.length());
      y.storage().write(y.offset() + tiles.offset(), tile, 0, tiles.length());
    }
  }

  @Override
  public void geluBackward(Matrix x, Matrix dY, Matrix dX) {
    for (Tiles tiles = new Tiles(x, dY, dX); tiles.next(); ) {
      x.storage().read(x.offset() + tiles.offset(), tile, 0, tiles.length());
      dY.storage().read(dY.offset() + tiles.offset(), tileSecond, 0, tiles.length());
      VectorMath.geluBackward(tile, tileSecond, tiles.length());
      dX.storage().write(dX.offset() + tiles.offset(), tileSecond, 0, tiles.length());
    }
  }

  @Override
  public void geluTanh(Matrix x, Matrix y) {
    for (Tiles tiles = new Tiles(x, y); tiles.next(); ) {
      x.storage().read(x.offset() + tiles.offset(), tile, 0, tiles.length());
      VectorMath.geluTanh(tile, tiles.length());
      y.storage().write(y.offset() + tiles.offset(), tile, 0, tiles.length());
    }
  }

  @Override
  public void geluTanhBackward(Matrix x, Matrix dY, Matrix dX) {
    for (Tiles tiles = new Tiles(x, dY, dX); tiles.next(); ) {
      x.storage().read(x.offset() + tiles.offset(), tile, 0, tiles.length());
      dY.storage().read(dY.offset() + tiles.offset(), tileSecond, 0, tiles.length());
      VectorMath.geluTanhBackward(tile, tileSecond, tiles.length());
      dX.storage().write(dX.offset() + tiles.offset(), tileSecond, 0, tiles.length());
    }
  }

  @Override
  public void cap(double c, Matrix x, Matrix y) {
    for (Tiles tiles = new Tiles(x, y); tiles.next(); ) {
      x.storage().read(x.offset() + tiles.offset(), tile, 0, tiles.length());
      VectorMath.cap(tile, 0, tiles.length(), (float) c);
      y.storage().write(y.offset() + tiles.offset(), tile, 0, tiles.length());
    }
  }

  @Override
  public void capBackward(double c, Matrix y, Matrix dY, Matrix dX) {
    for (Tiles tiles = new Tiles(y, dY, dX); tiles.next(); ) {
      y.storage().read(y.offset() + tiles.offset(), tile, 0, tiles.length());
      dY.storage().read(dY.offset() + tiles.offset(), tileSecond, 0, tiles.length());
      VectorMath.capBackward(tile, tileSecond, 0, tiles.length(), (float) c);
      dX.storage().write(dX.offset() + tiles.offset(), tileSecond, 0, tiles.length());
    }
  }

  @Override
  public void swiGlu(Matrix gate, Matrix up, Matrix y) {
    int rows = gate.rows();
    reserve(rows);
    for (int t = 0; t < gate.columns(); t++) {
      Columns.read(gate, t, first);
      Columns.read(up, t, second);
      VectorMath.swiGlu(first, second, VectorMath.padded(rows));
      Columns.write(first, y, t);
    }
  }

  @Override
  public void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp) {
    int rows = gate.rows();
    reserve(rows);
    for (int t = 0; t < gate.columns(); t++) {
      Columns.read(gate, t, first);
      Columns.read(up, t, second);
      Columns.read(dY, t, third);
      VectorMath.swiGluBackward(first, second, third, VectorMath.padded(rows));
      Columns.write(first, dGate, t);
      Columns.write(second, dUp, t);
    }
  }

  @Override
  public void softmax(Matrix x, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    int padded = VectorMath.padded(rows);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      Arrays.fill(first, rows, padded, Float.NEGATIVE_INFINITY);
      float sum = VectorMath.expAndSum(first, 0, padded, VectorMath.max(first, 0, rows));
      VectorMath.scale(first, 0, padded, 1 / sum);
      Columns.write(first, y, t);
    }
  }

  @Override
  public void softmaxBackward(Matrix y, Matrix dY, Matrix dX) {
    int rows = y.rows();
    reserve(rows);
    for (int t = 0; t < y.columns(); t++) {
      Columns.read(y, t, first);
      Columns.read(dY, t, second);
      float centre = VectorMath.dot(first, 0, second, 0, rows);
      for (int i = 0; i < rows; i++) {
        first[i] *= second[i] - centre;
      }
      Columns.write(first, dX, t);
    }
  }

  @Override
  public double crossEntropy(Matrix logits, int[] labels, double scale, Matrix dLogits) {
    int classes = logits.rows();
    int padded = VectorMath.padded(classes);
    first = VectorMath.atLeast(first, padded);
    double loss = 0;
    for (int t = 0; t < labels.length; t++) {
      Columns.read(logits, t, first);
      Arrays.fill(first, classes, padded, Float.NEGATIVE_INFINITY);
      float max = VectorMath.max(first, 0, classes);
      float score = first[labels[t]];
      float sum = VectorMath.expAndSum(first, 0, padded, max);
      loss += max + Math.log(sum) - score;
      VectorMath.scale(first, 0, padded, (float) (scale / sum));
      first[labels[t]] -= (float) scale;
      Columns.write(first, dLogits, t);
    }
    return loss;
  }

  private void reserve(int rows) {
    int padded = VectorMath.padded(rows);
    first = VectorMath.atLeast(first, padded);
    second = VectorMath.atLeast(second, padded);
    third = VectorMath.atLeast(third, padded);
  }
}
