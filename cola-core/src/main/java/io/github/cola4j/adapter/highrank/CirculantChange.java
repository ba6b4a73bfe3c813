package io.github.cola4j.adapter.highrank;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * A change of b × b blocks that are circulant. With (i, k) an output and (j, n) an input, block and
 * place in it:
 *
 * <pre>
 *   ΔW_(ik)(jn) = w_ij[(n − k) mod b] / in     dw_ij[q] += Σ_k G_(ik)(j, (k + q) mod b) / in
 * </pre>
 *
 * <p>A kernel written backwards and twice, R_ij[m] = w_ij[−m mod b] for m below 2b, has each column
 * n of its block as the b elements from b − n: so columns of ΔW are copied, not made element by
 * element.
 */
final class CirculantChange implements WeightChange {
  private final int size; // b
  private final Matrix w; // [in × out/b]: w_ij is rows j b to (j + 1) b of column i
  private final Matrix gradW;
  private final int[] twice; // where each element of R is in w
  private final int[] first; // where each element of w is in R
  private final int[] second; // and once more

  CirculantChange(int size, Matrix w, Matrix gradW) {
    this.size = size;
    this.w = w;
    this.gradW = gradW;
    int count = Math.toIntExact(w.length());
    this.twice = new int[Math.multiplyExact(2, count)];
    this.first = new int[count];
    this.second = new int[count];
    int rows = w.columns();
    for (int p = 0; p < count; p++) {
      int i = p / w.rows();
      int j = p % w.rows() / size;
      int start = (j * rows + i) * 2 * size;
      int m = (size - p % size) % size; // w.rows() is a multiple of b
      first[p] = start + m;
      second[p] = start + size + m;
      twice[first[p]] = p;
      twice[second[p]] = p;
    }
  }

  private static Matrix row(Matrix m) {
    return m.reshape(1, Math.toIntExact(m.length()));
  }

  @Override
  public void add(Pass pass, Matrix frozen, Matrix weight) {
    Kernels kernels = pass.kernels();
    Matrix kernelsTwice = pass.matrix(2 * size, first.length / size); // R
    kernels.gather(row(w), twice, false, row(kernelsTwice));
    for (int column = 0; column < weight.columns(); column++) {
      kernels.add(1.0 / w.rows(), window(kernelsTwice, column), column(weight, column));
    }
  }

  @Override
  public void backward(Pass pass, Matrix frozen, Matrix dW) {
    Kernels kernels = pass.kernels();
    Matrix dTwice = pass.matrix(2 * size, first.length / size);
    kernels.fill(0, dTwice);
    for (int column = 0; column < dW.columns(); column++) {
      kernels.add(1.0 / w.rows(), column(dW, column), window(dTwice, column));
    }
    kernels.gather(row(dTwice), first, true, row(gradW));
    kernels.gather(row(dTwice), second, true, row(gradW));
  }

  /** What a column of ΔW has for each block of rows [b × out/b]. */
  private Matrix window(Matrix kernelsTwice, int column) {
    int j = column / size;
    int n = column % size;
    return kernelsTwice
        .columns(j * w.columns(), (j + 1) * w.columns())
        .rows(size - n, 2 * size - n);
  }

  /** A column of the weight, block by block [b × out/b]. */
  private Matrix column(Matrix weight, int column) {
    return weight.columns(column, column + 1).reshape(size, w.columns());
  }
}
