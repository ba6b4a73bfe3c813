package io.github.cola4j.adapter.orthogonal;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The Cayley transform, orthogonal whatever Q is:
 *
 * <pre>
 *   M = (I + Q)⁻¹     R = (I − Q) M     dQ = −(I + R)ᵀ dR Mᵀ
 * </pre>
 *
 * <p>M by Newton's iteration M ← M (2 I − (I + Q) M) from M = (I − Q) / (1 + ‖Q‖²/2). (I + Q)(I −
 * Q) has eigenvalues from 1 to 1 + ‖Q‖²/2, so the error starts at 1 − 1/(1 + ‖Q‖²/2) and is squared
 * in each of {@link #STEPS}: below 10⁻¹⁵ for all ‖Q‖ to 30, with which a block of 32 can turn each
 * of its planes by 150°.
 */
final class CayleyRotation implements Rotation {
  private static final int STEPS = 14;

  private final Matrix q; // [b × b · blocks]
  private final Matrix r;
  private final Matrix inverse; // M
  private final Matrix identity; // [b × b]
  private final Matrix ones; // [b × 1]

  CayleyRotation(DataType type, int size, int blocks) {
    this.q = Matrix.zeros(type, size, size * blocks);
    this.r = Matrix.zeros(type, size, size * blocks);
    this.inverse = Matrix.zeros(type, size, size * blocks);
    float[] elements = new float[size * size];
    float[] one = new float[size];
    for (int k = 0; k < size; k++) {
      elements[k * size + k] = 1;
      one[k] = 1;
    }
    this.identity = Matrix.of(type, size, size, elements);
    this.ones = Matrix.of(type, size, 1, one);
  }

  @Override
  public Matrix q() {
    return q;
  }

  @Override
  public Matrix r() {
    return r;
  }

  private Matrix block(Matrix m, int from) {
    return m.columns(from, from + identity.rows());
  }

  @Override
  public void refresh(Pass pass) {
    Kernels kernels = pass.kernels();
    int size = identity.rows();
    var mark = pass.arena().mark();
    Matrix sum = pass.matrix(size, size); // I + Q
    Matrix difference = pass.matrix(size, size); // I − Q
    Matrix residual = pass.matrix(size, size);
    Matrix next = pass.matrix(size, size);
    for (int from = 0; from < q.columns(); from += size) {
      Matrix m = block(inverse, from);
      kernels.copy(identity, sum);
      kernels.add(1, block(q, from), sum);
      kernels.copy(identity, difference);
      kernels.add(-1, block(q, from), difference);
      start(pass, block(q, from), difference, m);
      for (int step = 0; step < STEPS; step++) {
        kernels.scale(2, identity, residual);
        kernels.gemm(-1, sum, false, m, false, 1, residual);
        kernels.gemm(1, m, false, residual, false, 0, next);
        kernels.copy(next, m);
      }
      kernels.gemm(1, difference, false, m, false, 0, block(r, from));
    }
    pass.arena().release(mark);
  }

  /** M ← (I − Q) / (1 + ‖Q‖²/2), with nothing read back from where the numbers are. */
  private void start(Pass pass, Matrix block, Matrix difference, Matrix m) {
    Kernels kernels = pass.kernels();
    int size = identity.rows();
    var mark = pass.arena().mark();
    Matrix squares = pass.matrix(1, size);
    kernels.columnDots(block, block, squares);
    Matrix bound = pass.matrix(size, size); // every element 1 + ‖Q‖²/2
    Matrix columns = pass.matrix(size, size);
    kernels.gemm(1, ones, false, squares, false, 0, columns);
    kernels.fill(1, bound);
    Matrix all = pass.matrix(size, size);
    kernels.fill(1, all);
    kernels.gemm(0.5, columns, false, all, false, 1, bound);
    kernels.inverseRoots(bound, bound);
    kernels.multiply(difference, bound, m);
    kernels.multiply(m, bound, m);
    pass.arena().release(mark);
  }

  @Override
  public void backward(Pass pass, Matrix dR, Matrix dQ) {
    Kernels kernels = pass.kernels();
    int size = identity.rows();
    var mark = pass.arena().mark();
    Matrix sum = pass.matrix(size, size); // I + R
    Matrix product = pass.matrix(size, size);
    for (int from = 0; from < q.columns(); from += size) {
      kernels.copy(identity, sum);
      kernels.add(1, block(r, from), sum);
      kernels.gemm(-1, sum, true, block(dR, from), false, 0, product);
      kernels.gemm(1, product, false, block(inverse, from), true, 0, block(dQ, from));
    }
    pass.arena().release(mark);
  }
}
