package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Delta;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A low-rank change of each of k × k blocks of the weight. X has k blocks X_n of rows and Y has k
 * blocks Y_j; A_n [r × in/k] has k slices A_n^j of r/k rows, of which each meets one B_j [out/k ×
 * r]:
 *
 * <pre>
 *   V_j = [A_1^j X_1; …; A_k^j X_k]  [r × T]     Y_j += s B_j V_j
 *   dB_j += s dY_j V_jᵀ    dV_j = s B_jᵀ dY_j    dA_n^j += dV_j^n X_nᵀ    dX_n += A_n^jᵀ dV_j^n
 * </pre>
 *
 * <p>It is also one B A of rank k r, with blocks of zeros: what is exported.
 */
final class GraloraDelta implements Delta {

  /**
   * What is trained.
   *
   * @param a [A_1, …, A_k] [r × in]
   * @param b [B_1, …, B_k] [out/k × k r]
   */
  record Weights(Matrix a, Matrix b) {

    /** A_n^j [r/k × in/k]. */
    Matrix a(int blocks, int n, int j) {
      int rows = a.rows() / blocks;
      int columns = a.columns() / blocks;
      return a.columns(n * columns, (n + 1) * columns).rows(j * rows, (j + 1) * rows);
    }

    /** B_j [out/k × r]. */
    Matrix b(int j) {
      return b.columns(j * a.rows(), (j + 1) * a.rows());
    }
  }

  /**
   * What the backward needs.
   *
   * @param x [in × T]
   * @param v [V_1; …; V_k] [k r × T]
   */
  private record Forward(Matrix x, Matrix v) implements Adapter.Saved {}

  private final double scaling;
  private final int blocks;
  private final Weights theta;
  private final Weights gradient;

  GraloraDelta(double scaling, int blocks, Weights theta, Weights gradient) {
    this.scaling = scaling;
    this.blocks = blocks;
    this.theta = theta;
    this.gradient = gradient;
  }

  /** Of k blocks of rows one below the other, the given one. */
  private static Matrix block(Matrix m, int count, int index) {
    int rows = m.rows() / count;
    return m.rows(index * rows, (index + 1) * rows);
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {}

  @Override
  public Adapter.Saved forward(Pass pass, Matrix x, Matrix y) {
    Kernels kernels = pass.kernels();
    Matrix v = pass.matrix(theta.b().columns(), x.columns());
    for (int j = 0; j < blocks; j++) {
      Matrix own = block(v, blocks, j);
      for (int n = 0; n < blocks; n++) {
        Matrix slice = theta.a(blocks, n, j);
        kernels.gemm(1, slice, false, block(x, blocks, n), false, 0, block(own, blocks, n));
      }
      kernels.gemm(scaling, theta.b(j), false, own, false, 1, block(y, blocks, j));
    }
    return new Forward(x, v);
  }

  @Override
  public void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
    Kernels kernels = pass.kernels();
    Forward forward = (Forward) saved;
    var mark = pass.arena().mark();
    Matrix dV = pass.matrix(theta.a().rows(), dY.columns());
    for (int j = 0; j < blocks; j++) {
      Matrix dOwn = block(dY, blocks, j);
      kernels.gemm(scaling, dOwn, false, block(forward.v(), blocks, j), true, 1, gradient.b(j));
      kernels.gemm(scaling, theta.b(j), true, dOwn, false, 0, dV);
      for (int n = 0; n < blocks; n++) {
        Matrix slice = block(dV, blocks, n);
        Matrix x = block(forward.x(), blocks, n);
        kernels.gemm(1, slice, false, x, true, 1, gradient.a(blocks, n, j));
        if (dX != null) {
          kernels.gemm(1, theta.a(blocks, n, j), true, slice, false, 1, block(dX, blocks, n));
        }
      }
    }
    pass.arena().release(mark);
  }

  /** With the zeros between the blocks, made when asked for: exports and merging do that. */
  @Override
  public LowRank lowRank() {
    int rank = theta.a().rows();
    int in = theta.a().columns();
    int out = theta.b().rows() * blocks;
    double[] elementsA = theta.a().toDoubles();
    double[] elementsB = theta.b().toDoubles();
    double[] a = new double[in * blocks * rank]; // Aᵀ [in × k r]
    double[] b = new double[out * blocks * rank]; // B [out × k r]
    for (int j = 0; j < blocks; j++) {
      for (int k = 0; k < rank; k++) {
        int column = j * rank + k;
        int n = k / (rank / blocks); // the block of inputs of this column
        int row = j * (rank / blocks) + k % (rank / blocks); // of A_n
        for (int i = n * (in / blocks); i < (n + 1) * (in / blocks); i++) {
          a[column * in + i] = elementsA[i * rank + row];
        }
        for (int o = 0; o < out / blocks; o++) {
          b[column * out + j * (out / blocks) + o] =
              scaling * elementsB[column * (out / blocks) + o];
        }
      }
    }
    return new LowRank(matrix(in, blocks * rank, a), matrix(out, blocks * rank, b));
  }

  private Matrix matrix(int rows, int columns, double... elements) {
    DataType type = theta.a().type();
    Matrix matrix = Matrix.unset(type, rows, columns);
    matrix.set(elements);
    return matrix;
  }
}
