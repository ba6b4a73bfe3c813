package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/** The gated linear units of feed-forwards (arXiv 2002.05202): A = act(G) ⊙ U, all [d × T]. */
public enum GatedActivation {
  /** act(g) = silu(g) = g σ(g). */
  SWIGLU {
    @Override
    public void forward(Pass pass, Matrix g, Matrix u, Matrix a) {
      pass.kernels().swiGlu(g, u, a);
    }

    @Override
    public void backward(Pass pass, Matrix g, Matrix u, Matrix dA, Matrix dG, Matrix dU) {
      pass.kernels().swiGluBackward(g, u, dA, dG, dU);
    }
  };

  /** Overwrites A. */
  public abstract void forward(Pass pass, Matrix g, Matrix u, Matrix a);

  /** Overwrites dG, and dU, which may be dA. */
  public abstract void backward(Pass pass, Matrix g, Matrix u, Matrix dA, Matrix dG, Matrix dU);
}
