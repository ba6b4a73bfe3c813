package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.List;

/** GELU, the activation of feed-forwards without a gate (arXiv 1606.08415): Y = X Φ(X). */
public enum Gelu implements InnerActivation {
  /** x Φ(x), {@code gelu} of transformers. */
  EXACT {
    @Override
    public void forward(Pass pass, Matrix x, Matrix y) {
      pass.kernels().gelu(x, y);
    }

    @Override
    public void backward(Pass pass, Matrix x, Matrix dY, Matrix dX) {
      pass.kernels().geluBackward(x, dY, dX);
    }
  },
  /** Its approximation by tanh, {@code gelu_new} and {@code gelu_pytorch_tanh}. */
  TANH {
    @Override
    public void forward(Pass pass, Matrix x, Matrix y) {
      pass.kernels().geluTanh(x, y);
    }

    @Override
    public void backward(Pass pass, Matrix x, Matrix dY, Matrix dX) {
      pass.kernels().geluTanhBackward(x, dY, dX);
    }
  };

  /** Overwrites Y. */
  public abstract void forward(Pass pass, Matrix x, Matrix y);

  /** Overwrites dX, which may be dY. */
  public abstract void backward(Pass pass, Matrix x, Matrix dY, Matrix dX);

  @Override
  public int inputs() {
    return 1;
  }

  @Override
  public void forward(Pass pass, List<Matrix> inputs, Matrix a) {
    forward(pass, inputs.get(0), a);
  }

  @Override
  public void backward(Pass pass, List<Matrix> inputs, Matrix dA, List<Matrix> dInputs) {
    backward(pass, inputs.get(0), dA, dInputs.get(0));
  }
}
