package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Delta;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * VeRA, vectors between and behind frozen matrices:
 *
 * <pre>
 *   Z = A X [r × T]     U = d ⊙ Z       Y += b ⊙ (B U)
 *   dU = Bᵀ (b ⊙ dY)    dd += Σ_t dU_t ⊙ Z_t    db += diag(dY Uᵀ Bᵀ)    dX += Aᵀ (d ⊙ dU)
 * </pre>
 *
 * <p>db needs no output of the layer: dY Uᵀ is [out × r].
 */
final class VeraDelta implements Delta {

  /**
   * What is trained.
   *
   * @param d [r × 1]
   * @param b [out × 1]
   */
  record Vectors(Matrix d, Matrix b) {}

  private record Forward(Matrix z) implements Adapter.Saved {}

  private final Matrix a; // Aᵀ [in × r]
  private final Matrix b; // B [out × r]
  private final Vectors theta;
  private final Vectors gradient;
  private final Matrix scaledA; // Aᵀ diag(d) [in × r]
  private final Matrix scaledB; // diag(b) B [out × r]

  VeraDelta(Matrix a, Matrix b, Vectors theta, Vectors gradient) {
    this.a = a;
    this.b = b;
    this.theta = theta;
    this.gradient = gradient;
    this.scaledA = Matrix.zeros(a.type(), a.rows(), a.columns());
    this.scaledB = Matrix.zeros(b.type(), b.rows(), b.columns());
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    Matrix d = theta.d();
    pass.kernels().scaleColumns(d.reshape(1, d.rows()), a, 0, scaledA);
    pass.kernels().scaleRows(theta.b(), b, 0, scaledB);
  }

  @Override
  public Adapter.Saved forward(Pass pass, Matrix x, Matrix y) {
    Kernels kernels = pass.kernels();
    Matrix z = pass.matrix(a.columns(), x.columns());
    kernels.gemm(1, a, true, x, false, 0, z);
    var mark = pass.arena().mark();
    kernels.gemm(1, scaledB, false, scaled(pass, z), false, 1, y);
    pass.arena().release(mark);
    return new Forward(z);
  }

  @Override
  public void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
    Kernels kernels = pass.kernels();
    Matrix z = ((Forward) saved).z();
    var mark = pass.arena().mark();
    Matrix dScaledB = pass.matrix(b.rows(), b.columns()); // dY Uᵀ
    kernels.gemm(1, dY, false, scaled(pass, z), true, 0, dScaledB);
    kernels.rowDots(dScaledB, b, gradient.b());
    Matrix dU = pass.matrix(z.rows(), z.columns());
    kernels.gemm(1, scaledB, true, dY, false, 0, dU);
    kernels.rowDots(dU, z, gradient.d());
    if (dX != null) {
      kernels.gemm(1, scaledA, false, dU, false, 1, dX);
    }
    pass.arena().release(mark);
  }

  /** U = d ⊙ Z [r × T], in working memory. */
  private Matrix scaled(Pass pass, Matrix z) {
    Matrix u = pass.matrix(z.rows(), z.columns());
    pass.kernels().scaleRows(theta.d(), z, 0, u);
    return u;
  }

  @Override
  public LowRank lowRank() {
    return new LowRank(scaledA, scaledB);
  }
}
