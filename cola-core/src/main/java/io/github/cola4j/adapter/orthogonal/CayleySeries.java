package io.github.cola4j.adapter.orthogonal;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A polynomial near the Cayley transform (I + Q)(I − Q)⁻¹, as HF PEFT's Cayley–Neumann: with n
 * terms, n from 4,
 *
 * <pre>
 *   R = I + 2 Q + 2 Q² + … + 2 Q^(n−2) + Q^(n−1)
 *   H_(n−1) = c_(n−1) I    H_k = c_k I + Q H_(k+1)    R = H_0
 *   dH_0 = dR    dQ += dH_k H_(k+1)ᵀ    dH_(k+1) = Qᵀ dH_k
 * </pre>
 *
 * <p>{@link CayleyRotation} turns the other way for the same Q: PEFT has both so.
 */
final class CayleySeries implements Rotation {
  private final Matrix q; // [b × b · blocks]
  private final Matrix[] partial; // H_0 to H_(n−1), like q
  private final Matrix identity; // [b × b · blocks], an I for each block

  CayleySeries(DataType type, int size, int blocks, int terms) {
    this.q = Matrix.zeros(type, size, size * blocks);
    float[] elements = new float[size * size * blocks];
    for (int column = 0; column < size * blocks; column++) {
      elements[column * size + column % size] = 1;
    }
    this.identity = Matrix.of(type, size, size * blocks, elements);
    this.partial = new Matrix[terms];
    for (int k = 0; k < terms - 1; k++) {
      partial[k] = Matrix.zeros(type, size, size * blocks);
    }
    partial[terms - 1] = identity;
  }

  @Override
  public Matrix q() {
    return q;
  }

  @Override
  public Matrix r() {
    return partial[0];
  }

  private Matrix block(Matrix m, int from) {
    return m.columns(from, from + q.rows());
  }

  @Override
  public void refresh(Pass pass) {
    Kernels kernels = pass.kernels();
    for (int k = partial.length - 2; k >= 0; k--) {
      kernels.scale(k == 0 ? 1 : 2, identity, partial[k]);
      for (int from = 0; from < q.columns(); from += q.rows()) {
        kernels.gemm(
            1,
            block(q, from),
            false,
            block(partial[k + 1], from),
            false,
            1,
            block(partial[k], from));
      }
    }
  }

  @Override
  public void backward(Pass pass, Matrix dR, Matrix dQ) {
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    Matrix next = pass.matrix(q.rows(), q.rows());
    for (int from = 0; from < q.columns(); from += q.rows()) {
      Matrix dPartial = block(dR, from);
      for (int k = 0; k < partial.length - 1; k++) {
        Matrix inner = block(partial[k + 1], from);
        kernels.gemm(1, dPartial, false, inner, true, k == 0 ? 0 : 1, block(dQ, from));
        kernels.gemm(1, block(q, from), true, dPartial, false, 0, next);
        kernels.copy(next, dPartial);
      }
    }
    pass.arena().release(mark);
  }
}
