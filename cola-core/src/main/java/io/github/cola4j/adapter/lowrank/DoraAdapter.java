package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.weight.Weight;

/**
 * A layer whose rows have learnt lengths m [out × 1] (arXiv 2402.09353, equation 5):
 *
 * <pre>
 *   n_o = ‖(W + ΔW)_o‖     U = W X + ΔW X     Y = (m/n) ⊙ U + b
 *   dm_o += Σ_t dY_ot U_ot / n_o     dU = (m/n) ⊙ dY     then as for W X + ΔW X
 * </pre>
 *
 * <p>The backward takes n for a constant (section 4.3 of the paper). Where a row is zero, so is its
 * m/n. With ΔW = B A the lengths need no matrix of W's size: n_o² = ‖W_o‖² + ⟨B_o, 2 (W Aᵀ)_o + (B
 * A Aᵀ)_o⟩. With dropout ΔW alone sees the masked input.
 */
final class DoraAdapter implements Adapter {
  /** Columns of W whose squares are added up at once. */
  private static final int CHUNK = 256;

  private record Forward(Matrix u, Saved delta) implements Saved {}

  private final FrozenLinear linear;
  private final FrozenLinear withoutBias;
  private final ColaDelta delta;
  private final Matrix m; // [out × 1], a window of the task's parameters
  private final Matrix gradM;
  private final Matrix frozenSquares; // ‖W_o‖² [out × 1]
  private final Matrix inverse; // 1/n [out × 1]
  private final Matrix scale; // m/n [out × 1]
  private boolean measured;

  DoraAdapter(FrozenLinear linear, ColaDelta delta, Matrix m, Matrix gradM) {
    this.linear = linear;
    this.withoutBias = new FrozenLinear(linear.name(), linear.weight(), null);
    this.delta = delta;
    this.m = m;
    this.gradM = gradM;
    this.frozenSquares = Matrix.zeros(m.type(), m.rows(), 1);
    this.inverse = Matrix.zeros(m.type(), m.rows(), 1);
    this.scale = Matrix.zeros(m.type(), m.rows(), 1);
  }

  /** out_o += ‖W_o‖². */
  static void addRowSquares(Pass pass, Weight frozen, Matrix out) {
    var mark = pass.arena().mark();
    Matrix weight = frozen.matrix(pass);
    for (int from = 0; from < weight.columns(); from += CHUNK) {
      Matrix some = weight.columns(from, Math.min(weight.columns(), from + CHUNK));
      pass.kernels().rowDots(some, some, out);
    }
    pass.arena().release(mark);
  }

  @Override
  public FrozenLinear linear() {
    return linear;
  }

  @Override
  public LowRank lowRank() {
    return delta.lowRank();
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    Kernels kernels = pass.kernels();
    delta.refresh(pass, seed, training);
    if (!measured) {
      addRowSquares(pass, linear.weight(), frozenSquares);
      measured = true;
    }
    LowRank change = delta.lowRank();
    var mark = pass.arena().mark();
    Matrix gram = pass.matrix(change.rank(), change.rank());
    Matrix product = pass.matrix(linear.out(), change.rank());
    kernels.gemm(1, change.a(), true, change.a(), false, 0, gram);
    linear.weight().multiply(pass, 2, change.a(), 0, product);
    kernels.gemm(1, change.b(), false, gram, false, 1, product);
    kernels.copy(frozenSquares, inverse);
    kernels.rowDots(change.b(), product, inverse);
    kernels.inverseRoots(inverse, inverse);
    kernels.multiply(m, inverse, scale);
    pass.arena().release(mark);
  }

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y) {
    Matrix u = pass.matrix(y.rows(), y.columns());
    withoutBias.forward(pass, x, u);
    Saved saved = delta.forward(pass, x, u);
    if (linear.bias() != null) {
      pass.kernels().broadcast(linear.bias(), y);
    }
    pass.kernels().scaleRows(scale, u, linear.bias() == null ? 0 : 1, y);
    return new Forward(u, saved);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX) {
    Forward forward = (Forward) saved;
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    Matrix dM = pass.matrix(m.rows(), 1);
    kernels.fill(0, dM);
    kernels.rowDots(dY, forward.u(), dM);
    kernels.multiply(dM, inverse, dM);
    kernels.add(1, dM, gradM);
    Matrix dU = pass.matrix(dY.rows(), dY.columns());
    kernels.scaleRows(scale, dY, 0, dU);
    if (dX != null) {
      linear.backward(pass, dU, beta, dX);
    }
    delta.backward(pass, forward.delta(), dU, dX);
    pass.arena().release(mark);
  }
}
