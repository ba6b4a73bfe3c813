package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.ElementwiseKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;

/** Elements, rows and columns, tile by tile or column by column on heap arrays. */
final class CpuElementwiseKernels implements ElementwiseKernels {
  private final float[] tile = new float[Tiles.SIZE];
  private final float[] tileSecond = new float[Tiles.SIZE];
  private float[] first = new float[0];
  private float[] second = new float[0];
  private float[] third = new float[0];
  private final float[] number = new float[1];

  @Override
  public void broadcast(Matrix b, Matrix y) {
    first = Columns.read(b, first);
    for (int t = 0; t < y.columns(); t++) {
      y.storage().write(Columns.at(y, t), first, 0, y.rows());
    }
  }

  @Override
  public void add(double alpha, Matrix x, Matrix y) {
    float factor = (float) alpha;
    eachTile(
        x,
        y,
        (a, b, n) -> {
          for (int i = 0; i < n; i++) {
            b[i] += factor * a[i];
          }
        });
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    eachTile(x, y, (a, b, n) -> System.arraycopy(a, 0, b, 0, n));
  }

  @Override
  public void fill(double value, Matrix x) {
    if (!x.isContiguous()) {
      for (int t = 0; t < x.columns(); t++) {
        fill(value, x.columns(t, t + 1));
      }
      return;
    }
    Arrays.fill(tile, (float) value);
    for (Tiles tiles = new Tiles(x); tiles.next(); ) {
      x.storage().write(x.offset() + tiles.offset(), tile, 0, tiles.length());
    }
  }

  @Override
  public void multiply(Matrix x, Matrix m, Matrix y) {
    for (Tiles tiles = new Tiles(x, m, y); tiles.next(); ) {
      x.storage().read(x.offset() + tiles.offset(), tile, 0, tiles.length());
      m.storage().read(m.offset() + tiles.offset(), tileSecond, 0, tiles.length());
      for (int i = 0; i < tiles.length(); i++) {
        tile[i] *= tileSecond[i];
      }
      y.storage().write(y.offset() + tiles.offset(), tile, 0, tiles.length());
    }
  }

  private interface TileOperation {
    /** Reads {@code n} elements of both, leaves the result in the second. */
    void apply(float[] x, float[] y, int n);
  }

  private void eachTile(Matrix x, Matrix y, TileOperation operation) {
    if (x.rows() != y.rows() || x.columns() != y.columns()) {
      throw new IllegalArgumentException("shapes differ: " + x + " and " + y);
    }
    if (!x.isContiguous() || !y.isContiguous()) {
      for (int t = 0; t < x.columns(); t++) {
        if (x.columns() > 1) {
          eachTile(x.columns(t, t + 1), y.columns(t, t + 1), operation);
        }
      }
      return;
    }
    for (Tiles tiles = new Tiles(x, y); tiles.next(); ) {
      x.storage().read(x.offset() + tiles.offset(), tile, 0, tiles.length());
      y.storage().read(y.offset() + tiles.offset(), tileSecond, 0, tiles.length());
      operation.apply(tile, tileSecond, tiles.length());
      y.storage().write(y.offset() + tiles.offset(), tileSecond, 0, tiles.length());
    }
  }

  @Override
  public void scaleRows(Matrix scale, Matrix x, double beta, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    Columns.read(scale, 0, third);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      for (int i = 0; i < rows; i++) {
        first[i] *= third[i];
      }
      blend(rows, beta, y, t);
    }
  }

  @Override
  public void rowDots(Matrix x, Matrix y, Matrix out) {
    int rows = x.rows();
    reserve(rows);
    Columns.read(out, 0, third);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      Columns.read(y, t, second);
      for (int i = 0; i < rows; i++) {
        third[i] += first[i] * second[i];
      }
    }
    Columns.write(third, out, 0);
  }

  @Override
  public void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      Columns.read(scale, t, number);
      VectorMath.scale(first, 0, VectorMath.padded(rows), number[0]);
      blend(rows, beta, y, t);
    }
  }

  @Override
  public void columnDots(Matrix x, Matrix y, Matrix out) {
    int rows = x.rows();
    reserve(rows);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      Columns.read(y, t, second);
      number[0] = VectorMath.dot(first, 0, second, 0, rows);
      Columns.write(number, out, t);
    }
  }

  @Override
  public void inverseRoots(Matrix x, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    for (int t = 0; t < x.columns(); t++) {
      Columns.read(x, t, first);
      for (int i = 0; i < rows; i++) {
        first[i] = first[i] <= 0 ? 0 : (float) (1 / Math.sqrt(first[i]));
      }
      Columns.write(first, y, t);
    }
  }

  /** Column t of Y ← beta Y + the first array. */
  private void blend(int rows, double beta, Matrix y, int t) {
    if (beta != 0) {
      Columns.read(y, t, second);
      for (int i = 0; i < rows; i++) {
        first[i] += (float) beta * second[i];
      }
    }
    Columns.write(first, y, t);
  }

  @Override
  public void gather(Matrix table, int[] index, boolean accumulate, Matrix y) {
    int rows = y.rows();
    first = VectorMath.atLeast(first, rows);
    second = VectorMath.atLeast(second, rows);
    for (int t = 0; t < index.length; t++) {
      table.storage().read(Columns.at(table, index[t]), first, 0, rows);
      if (accumulate) {
        Columns.read(y, t, second);
        for (int i = 0; i < rows; i++) {
          first[i] += second[i];
        }
      }
      Columns.write(first, y, t);
    }
  }

  @Override
  public void scatterAdd(Matrix x, int[] index, Matrix y) {
    int rows = x.rows();
    reserve(rows);
    for (int t = 0; t < index.length; t++) {
      Columns.read(x, t, first);
      Columns.read(y, index[t], second);
      for (int i = 0; i < rows; i++) {
        second[i] += first[i];
      }
      Columns.write(second, y, index[t]);
    }
  }

  @Override
  public void meanPool(Matrix x, TokenBatch batch, Matrix y) {
    int rows = x.rows();
    first = VectorMath.atLeast(first, rows);
    second = VectorMath.atLeast(second, rows);
    for (int s = 0; s < batch.sequences(); s++) {
      Arrays.fill(second, 0, rows, 0f);
      for (int t = batch.starts()[s]; t < batch.starts()[s + 1]; t++) {
        Columns.read(x, t, first);
        for (int i = 0; i < rows; i++) {
          second[i] += first[i];
        }
      }
      float share = 1f / batch.length(s);
      for (int i = 0; i < rows; i++) {
        second[i] *= share;
      }
      Columns.write(second, y, s);
    }
  }

  @Override
  public void meanPoolBackward(Matrix dY, TokenBatch batch, Matrix dX) {
    int rows = dX.rows();
    first = VectorMath.atLeast(first, rows);
    for (int s = 0; s < batch.sequences(); s++) {
      Columns.read(dY, s, first);
      float share = 1f / batch.length(s);
      for (int i = 0; i < rows; i++) {
        first[i] *= share;
      }
      for (int t = batch.starts()[s]; t < batch.starts()[s + 1]; t++) {
        Columns.write(first, dX, t);
      }
    }
  }

  private void reserve(int rows) {
    int padded = VectorMath.padded(rows);
    first = VectorMath.atLeast(first, padded);
    second = VectorMath.atLeast(second, padded);
    third = VectorMath.atLeast(third, padded);
  }
}
