package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.weight.Remainder;
import io.github.cola4j.nn.weight.Weight;

/**
 * Y = W X + b with frozen W and b: the backward gives dX alone.
 *
 * @param name the module's name, as Hugging Face has it
 * @param weight W [out × in]
 * @param bias b [out × 1], or null
 * @param remainder what W lacks of the weight that it was quantised from and adapters start at;
 *     null for none. Forward and backward do not know it
 */
public record FrozenLinear(String name, Weight weight, Matrix bias, Remainder remainder) {

  /** Checks the bias's shape. */
  public FrozenLinear {
    if (bias != null && (bias.rows() != weight.out() || bias.columns() != 1)) {
      throw new IllegalArgumentException(
          name + ": expected a bias of " + weight.out() + " × 1, got " + bias);
    }
  }

  /** A layer whose weight lacks nothing. */
  public FrozenLinear(String name, Weight weight, Matrix bias) {
    this(name, weight, bias, null);
  }

  /** A layer whose weight lies in memory as a matrix [out × in]. */
  public FrozenLinear(String name, Matrix weight, Matrix bias) {
    this(name, Weight.of(weight), bias);
  }

  /** The input's width. */
  public int in() {
    return weight.in();
  }

  /** The output's width. */
  public int out() {
    return weight.out();
  }

  /** Overwrites Y [out × T]. */
  public void forward(Pass pass, Matrix x, Matrix y) {
    if (bias != null) {
      pass.kernels().broadcast(bias, y);
    }
    weight.multiply(pass, 1, x, bias == null ? 0 : 1, y);
  }

  /** dX ← Wᵀ dY + beta dX. */
  public void backward(Pass pass, Matrix dY, double beta, Matrix dX) {
    weight.multiplyTransposed(pass, dY, beta, dX);
  }
}
