package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/** A frozen linear layer or, if there is one, its adapter: the only way a model uses either. */
public final class AdaptedLinear {
  private AdaptedLinear() {}

  /** Overwrites Y; returns what the backward needs, null without an adapter. */
  public static Adapter.Saved forward(
      Pass pass, FrozenLinear linear, Adapter adapter, Matrix x, Matrix y) {
    if (adapter == null) {
      linear.forward(pass, x, y);
      return null;
    }
    return adapter.forward(pass, x, y);
  }

  /** dX ← beta dX + the gradient, unless dX is null; adds to the adapter's gradient. */
  public static void backward(
      Pass pass,
      FrozenLinear linear,
      Adapter adapter,
      Adapter.Saved saved,
      Matrix dY,
      double beta,
      Matrix dX) {
    if (adapter != null) {
      adapter.backward(pass, saved, dY, beta, dX);
    } else if (dX != null) {
      linear.backward(pass, dY, beta, dX);
    }
  }
}
