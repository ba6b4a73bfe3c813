package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * Adapted layers as plain ones: W' and b' with W' x + b' = what the adapter gives for x. The frozen
 * weights stay as they are, so going back is to use them again.
 */
public final class Merging {
  /** Columns of the identity that are sent through an adapter at once. */
  private static final int CHUNK = 256;

  private Merging() {}

  /**
   * A copy of a layer with its adapter in it. A change of low rank is added as its product; any
   * other adapter is asked for its answers to zero and to each unit vector.
   *
   * @param adapter refreshed for evaluation
   * @throws IllegalArgumentException if no weight does what the adapter does, or W' is not finite
   */
  public static FrozenLinear merge(Pass pass, Adapter adapter) {
    FrozenLinear linear = adapter.linear();
    if (adapter.unmergeableReason() != null) {
      throw new IllegalArgumentException(
          "cannot merge the adapter of " + linear.name() + ": " + adapter.unmergeableReason());
    }
    FrozenLinear merged =
        adapter instanceof AdditiveAdapter additive && additive.delta().lowRank() != null
            ? added(pass, linear, additive.delta().lowRank())
            : asked(pass, adapter);
    requireFinite(merged);
    return merged;
  }

  private static FrozenLinear added(Pass pass, FrozenLinear linear, LowRank change) {
    Matrix weight = Matrix.zeros(linear.weight().type(), linear.out(), linear.in());
    var mark = pass.arena().mark();
    pass.kernels().copy(linear.weight().matrix(pass), weight);
    pass.arena().release(mark);
    pass.kernels().gemm(1, change.b(), false, change.a(), true, 1, weight);
    return new FrozenLinear(linear.name(), weight, linear.bias());
  }

  private static FrozenLinear asked(Pass pass, Adapter adapter) {
    FrozenLinear linear = adapter.linear();
    Matrix weight = Matrix.zeros(linear.weight().type(), linear.out(), linear.in());
    var mark = pass.arena().mark();
    Matrix answer = pass.matrix(linear.out(), 1);
    Matrix zero = pass.matrix(linear.in(), 1);
    pass.kernels().fill(0, zero);
    adapter.forward(pass, zero, answer);
    Matrix bias = Matrix.zeros(weight.type(), linear.out(), 1);
    pass.kernels().copy(answer, bias);
    for (int from = 0; from < linear.in(); from += CHUNK) {
      int to = Math.min(linear.in(), from + CHUNK);
      var chunk = pass.arena().mark();
      Matrix x = pass.matrix(linear.in(), to - from);
      float[] units = new float[linear.in() * (to - from)];
      for (int i = from; i < to; i++) {
        units[(i - from) * linear.in() + i] = 1;
      }
      x.set(units);
      Matrix columns = weight.columns(from, to);
      adapter.forward(pass, x, columns);
      Matrix offset = pass.matrix(linear.out(), to - from);
      pass.kernels().broadcast(bias, offset);
      pass.kernels().add(-1, offset, columns);
      pass.arena().release(chunk);
    }
    pass.arena().release(mark);
    return new FrozenLinear(linear.name(), weight, linear.bias() == null ? null : bias);
  }

  private static void requireFinite(FrozenLinear merged) {
    for (int o = 0; o < merged.out(); o++) {
      for (float element : merged.weight().rows(o, o + 1)) {
        if (!Float.isFinite(element)) {
          throw new IllegalArgumentException(
              "merging would put "
                  + element
                  + " into the weight of "
                  + merged.name()
                  + "; the adapter is damaged, or its training diverged");
        }
      }
    }
  }
}
