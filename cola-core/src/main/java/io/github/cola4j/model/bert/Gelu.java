package io.github.cola4j.model.bert;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/** The activation of a feed-forward. */
public enum Gelu {
  /** x Φ(x), {@code gelu} of transformers. */
  EXACT {
    @Override
    void forward(Pass pass, Matrix x, Matrix y) {
      pass.kernels().gelu(x, y);
    }

    @Override
    void backward(Pass pass, Matrix x, Matrix dY, Matrix dX) {
      pass.kernels().geluBackward(x, dY, dX);
    }
  },
  /** Its approximation by tanh, {@code gelu_new}. */
  TANH {
    @Override
    void forward(Pass pass, Matrix x, Matrix y) {
      pass.kernels().geluTanh(x, y);
    }

    @Override
    void backward(Pass pass, Matrix x, Matrix dY, Matrix dX) {
      pass.kernels().geluTanhBackward(x, dY, dX);
    }
  };

  abstract void forward(Pass pass, Matrix x, Matrix y);

  /** Overwrites dX, which may be dY. */
  abstract void backward(Pass pass, Matrix x, Matrix dY, Matrix dX);
}
