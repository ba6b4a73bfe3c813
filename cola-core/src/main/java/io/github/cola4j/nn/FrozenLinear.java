package io.github.cola4j.nn;

/**
 * Y = W X + b with frozen W and b: the backward gives dX alone.
 *
 * @param name the module's name, as Hugging Face has it
 * @param weight W [out × in]
 * @param bias b [out × 1], or null
 */
public record FrozenLinear(String name, Matrix weight, Matrix bias) {

  /** Checks the bias's shape. */
  public FrozenLinear {
    if (bias != null && (bias.rows() != weight.rows() || bias.columns() != 1)) {
      throw new IllegalArgumentException(
          name + ": expected a bias of " + weight.rows() + " × 1, got " + bias);
    }
  }

  /** The input's width. */
  public int in() {
    return weight.columns();
  }

  /** The output's width. */
  public int out() {
    return weight.rows();
  }

  /** Overwrites Y [out × T]. */
  public void forward(Pass pass, Matrix x, Matrix y) {
    if (bias != null) {
      pass.kernels().broadcast(bias, y);
    }
    pass.kernels().gemm(1, weight, false, x, false, bias == null ? 0 : 1, y);
  }

  /** dX ← Wᵀ dY + beta dX. */
  public void backward(Pass pass, Matrix dY, double beta, Matrix dX) {
    pass.kernels().gemm(1, weight, true, dY, false, beta, dX);
  }
}
