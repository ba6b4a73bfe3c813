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
  },

  /** act(g) is GELU, approximated by tanh. */
  GEGLU_TANH {
    @Override
    public void forward(Pass pass, Matrix g, Matrix u, Matrix a) {
      pass.kernels().geluTanh(g, a);
      pass.kernels().multiply(a, u, a);
    }

    @Override
    public void backward(Pass pass, Matrix g, Matrix u, Matrix dA, Matrix dG, Matrix dU) {
      pass.kernels().multiply(dA, u, dG);
      pass.kernels().geluTanhBackward(g, dG, dG);
      var mark = pass.arena().mark();
      Matrix act = pass.matrix(g.rows(), g.columns());
      pass.kernels().geluTanh(g, act);
      pass.kernels().multiply(dA, act, dU);
      pass.arena().release(mark);
    }
  };

  /** Overwrites A. */
  public abstract void forward(Pass pass, Matrix g, Matrix u, Matrix a);

  /** Overwrites dG, and dU, which may be dA. */
  public abstract void backward(Pass pass, Matrix g, Matrix u, Matrix dA, Matrix dG, Matrix dU);
}
