package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.List;

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

  /**
   * Overwrites the outputs of layers of which none needs another, such as queries, keys and values,
   * whose low-rank GEMMs are computed together.
   *
   * @param x each layer's input
   * @param y each layer's output
   * @return what each layer's backward needs, null without an adapter
   */
  public static List<Adapter.Saved> forward(
      Pass pass, List<FrozenLinear> linears, Adapters adapters, List<Matrix> x, List<Matrix> y) {
    List<Delta.Rounds> later = new ArrayList<>();
    List<Adapter.Saved> saved = new ArrayList<>();
    for (int i = 0; i < linears.size(); i++) {
      Adapter adapter = adapters.get(linears.get(i));
      if (adapter == null) {
        linears.get(i).forward(pass, x.get(i), y.get(i));
        saved.add(null);
      } else {
        saved.add(adapter.forward(pass, x.get(i), y.get(i), later));
      }
    }
    Delta.Rounds.compute(pass.kernels(), later);
    return saved;
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
