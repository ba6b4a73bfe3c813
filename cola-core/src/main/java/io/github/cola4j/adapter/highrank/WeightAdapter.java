package io.github.cola4j.adapter.highrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * A layer that computes with a changed weight:
 *
 * <pre>
 *   W' = W + ΔW    Y = W' X + b    dX = W'ᵀ dY    dW' = dY Xᵀ
 * </pre>
 *
 * <p>W' lies in working memory, once forward and once backward, and is never kept; {@code
 * WeightChange} makes ΔW and takes dW'.
 */
record WeightAdapter(FrozenLinear linear, WeightChange change) implements Adapter {

  /** X [in × T]. */
  private record Forward(Matrix x) implements Saved {}

  @Override
  public void refresh(Pass pass, long seed, boolean training) {}

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y) {
    var mark = pass.arena().mark();
    changed(pass, linear.weight().matrix(pass)).forward(pass, x, y);
    pass.arena().release(mark);
    return new Forward(x);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX) {
    var mark = pass.arena().mark();
    Matrix frozen = linear.weight().matrix(pass);
    if (dX != null) {
      changed(pass, frozen).backward(pass, dY, beta, dX);
    }
    Matrix dW = pass.matrix(linear.out(), linear.in());
    pass.kernels().gemm(1, dY, false, ((Forward) saved).x(), true, 0, dW);
    change.backward(pass, frozen, dW);
    pass.arena().release(mark);
  }

  /** The layer with W', in working memory. */
  private FrozenLinear changed(Pass pass, Matrix frozen) {
    Matrix weight = pass.matrix(linear.out(), linear.in());
    pass.kernels().copy(frozen, weight);
    change.add(pass, frozen, weight);
    return new FrozenLinear(linear.name(), weight, linear.bias());
  }
}
