package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.List;

/** The gated linear units of feed-forwards (arXiv 2002.05202): A = act(G) ⊙ U, all [d × T]. */
public enum GatedActivation implements InnerActivation {
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

  /** act(g) is exact GELU. */
  GEGLU {
    @Override
    public void forward(Pass pass, Matrix g, Matrix u, Matrix a) {
      gated(pass, Kernels::gelu, g, u, a);
    }

    @Override
    public void backward(Pass pass, Matrix g, Matrix u, Matrix dA, Matrix dG, Matrix dU) {
      gatedBackward(pass, Kernels::gelu, Kernels::geluBackward, g, u, dA, dG, dU);
    }
  },

  /** act(g) is GELU, approximated by tanh. */
  GEGLU_TANH {
    @Override
    public void forward(Pass pass, Matrix g, Matrix u, Matrix a) {
      gated(pass, Kernels::geluTanh, g, u, a);
    }

    @Override
    public void backward(Pass pass, Matrix g, Matrix u, Matrix dA, Matrix dG, Matrix dU) {
      gatedBackward(pass, Kernels::geluTanh, Kernels::geluTanhBackward, g, u, dA, dG, dU);
    }
  };

  private interface Act {
    void compute(Kernels kernels, Matrix x, Matrix y);
  }

  private interface ActBackward {
    void compute(Kernels kernels, Matrix x, Matrix dY, Matrix dX);
  }

  /** Overwrites A. */
  public abstract void forward(Pass pass, Matrix g, Matrix u, Matrix a);

  /** Overwrites dG, and dU, which may be dA. */
  public abstract void backward(Pass pass, Matrix g, Matrix u, Matrix dA, Matrix dG, Matrix dU);

  @Override
  public int inputs() {
    return 2;
  }

  @Override
  public void forward(Pass pass, List<Matrix> inputs, Matrix a) {
    forward(pass, inputs.get(0), inputs.get(1), a);
  }

  @Override
  public void backward(Pass pass, List<Matrix> inputs, Matrix dA, List<Matrix> dInputs) {
    backward(pass, inputs.get(0), inputs.get(1), dA, dInputs.get(0), dInputs.get(1));
  }

  private static void gated(Pass pass, Act act, Matrix g, Matrix u, Matrix a) {
    var mark = pass.arena().mark();
    act.compute(pass.kernels(), contiguous(pass, g), a);
    pass.kernels().multiply(a, contiguous(pass, u), a);
    pass.arena().release(mark);
  }

  private static void gatedBackward(
      Pass pass,
      Act act,
      ActBackward backward,
      Matrix g,
      Matrix u,
      Matrix dA,
      Matrix dG,
      Matrix dU) {
    var mark = pass.arena().mark();
    Matrix x = contiguous(pass, g);
    Matrix dY = contiguous(pass, dA);
    Matrix y = pass.matrix(g.rows(), g.columns());
    pass.kernels().multiply(dY, contiguous(pass, u), y);
    backward.compute(pass.kernels(), x, y, y);
    pass.kernels().copy(y, dG);
    act.compute(pass.kernels(), x, y);
    pass.kernels().multiply(dY, y, y);
    pass.kernels().copy(y, dU);
    pass.arena().release(mark);
  }

  /** What elements are computed of: rows of a fused layer's output are copied. */
  private static Matrix contiguous(Pass pass, Matrix m) {
    if (m.isContiguous()) {
      return m;
    }
    Matrix copy = pass.matrix(m.rows(), m.columns());
    pass.kernels().copy(m, copy);
    return copy;
  }
}
