package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Dropout;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.List;

/**
 * The lower half of an adapter, Z_i = A_i (D_i ⊙ X) for i = 1..M, one under the other; D_i is A_i's
 * dropout mask, and 1 without dropout or outside of training.
 *
 * <pre>dA_i += dZ_i (D_i ⊙ X)ᵀ    dX += Σ_i D_i ⊙ A_iᵀ dZ_i</pre>
 */
public final class DownProjection {
  /** The input and, with dropout, the masks and the masked inputs; else these are empty. */
  public record Forward(Matrix x, List<Matrix> masked, List<Matrix> masks) {}

  private final Matrix factors; // [in × M·r], A_iᵀ side by side
  private final int blocks; // M
  private final double dropout;
  private boolean masking;
  private long seed;

  public DownProjection(Matrix factors, int blocks, double dropout) {
    this.factors = factors;
    this.blocks = blocks;
    this.dropout = dropout;
  }

  /** See {@link Adapter#refresh}. */
  public void refresh(long newSeed, boolean training) {
    seed = newSeed;
    masking = training && dropout > 0;
  }

  /** Overwrites Z [M·r × T]. */
  public Forward forward(Pass pass, Matrix x, Matrix z) {
    Kernels kernels = pass.kernels();
    if (!masking) {
      kernels.gemm(1, factors, true, x, false, 0, z);
      return new Forward(x, List.of(), List.of());
    }
    List<Matrix> masks = new ArrayList<>(blocks);
    List<Matrix> masked = new ArrayList<>(blocks);
    for (int i = 0; i < blocks; i++) {
      masks.add(Dropout.mask(pass, x, dropout, seed, i));
      masked.add(pass.matrix(x.rows(), x.columns()));
      kernels.multiply(x, masks.get(i), masked.get(i));
      kernels.gemm(1, block(factors, i), true, masked.get(i), false, 0, rows(z, i));
    }
    return new Forward(x, masked, masks);
  }

  /** Adds to dAᵀ [in × M·r], and to dX [in × T] unless that is null. */
  public void backward(Pass pass, Forward forward, Matrix dZ, Matrix gradient, Matrix dX) {
    Kernels kernels = pass.kernels();
    if (forward.masks().isEmpty()) {
      kernels.gemm(1, forward.x(), false, dZ, true, 1, gradient);
      if (dX != null) {
        kernels.gemm(1, factors, false, dZ, false, 1, dX);
      }
      return;
    }
    var mark = pass.arena().mark();
    Matrix share = dX == null ? null : pass.matrix(dX.rows(), dX.columns());
    for (int i = 0; i < blocks; i++) {
      kernels.gemm(1, forward.masked().get(i), false, rows(dZ, i), true, 1, block(gradient, i));
      if (dX != null) {
        kernels.gemm(1, block(factors, i), false, rows(dZ, i), false, 0, share);
        kernels.multiply(share, forward.masks().get(i), share);
        kernels.add(1, share, dX);
      }
    }
    pass.arena().release(mark);
  }

  private Matrix block(Matrix m, int index) {
    int rank = m.columns() / blocks;
    return m.columns(index * rank, (index + 1) * rank);
  }

  private Matrix rows(Matrix m, int index) {
    int rank = m.rows() / blocks;
    return m.rows(index * rank, (index + 1) * rank);
  }
}
