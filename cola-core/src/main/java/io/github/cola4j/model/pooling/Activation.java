package io.github.cola4j.model.pooling;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * What a classifier's own layer applies to its output Z [d × sequences], contiguous. Matrices are
 * small, so what no kernel computes is put together of others.
 */
public enum Activation {
  /**
   * tanh z, as the difference of two classes' probabilities at the logits z and −z: with s = (1,
   * −1)ᵀ and P = softmax(s zᵀ), tanh zᵀ = sᵀ P.
   */
  TANH {
    @Override
    void forward(Pass pass, Matrix z, Matrix y) {
      Matrix signs = signs(pass);
      pass.kernels().gemm(1, signs, true, probabilities(pass, signs, z), false, 0, row(y));
    }

    @Override
    void backward(Pass pass, Matrix z, Matrix dY, Matrix dZ) {
      Matrix signs = signs(pass);
      Matrix probabilities = probabilities(pass, signs, z);
      Matrix d = pass.matrix(2, probabilities.columns());
      pass.kernels().gemm(1, signs, false, row(dY), false, 0, d);
      pass.kernels().softmaxBackward(probabilities, d, d);
      pass.kernels().gemm(1, signs, true, d, false, 0, row(dZ));
    }

    private Matrix signs(Pass pass) {
      Matrix signs = pass.matrix(2, 1);
      pass.kernels().fill(1, signs.rows(0, 1));
      pass.kernels().fill(-1, signs.rows(1, 2));
      return signs;
    }

    private Matrix probabilities(Pass pass, Matrix signs, Matrix z) {
      Matrix logits = pass.matrix(2, z.rows() * z.columns());
      pass.kernels().gemm(1, signs, false, row(z), false, 0, logits);
      pass.kernels().softmax(logits, logits);
      return logits;
    }
  },
  /** max(0, z), as z ⊙ M with M = z ⊙ (1/√z)², which is 1 where z is above 0 and else 0. */
  RELU {
    @Override
    void forward(Pass pass, Matrix z, Matrix y) {
      pass.kernels().multiply(z, mask(pass, z), y);
    }

    @Override
    void backward(Pass pass, Matrix z, Matrix dY, Matrix dZ) {
      pass.kernels().multiply(dY, mask(pass, z), dZ);
    }

    private Matrix mask(Pass pass, Matrix z) {
      Matrix roots = pass.matrix(z.rows(), z.columns());
      pass.kernels().inverseRoots(z, roots);
      Matrix half = pass.matrix(z.rows(), z.columns());
      pass.kernels().multiply(z, roots, half);
      Matrix mask = pass.matrix(z.rows(), z.columns());
      pass.kernels().multiply(half, roots, mask);
      return mask;
    }
  },
  /** z Φ(z). */
  GELU {
    @Override
    void forward(Pass pass, Matrix z, Matrix y) {
      pass.kernels().gelu(z, y);
    }

    @Override
    void backward(Pass pass, Matrix z, Matrix dY, Matrix dZ) {
      pass.kernels().geluBackward(z, dY, dZ);
    }
  };

  /** Overwrites Y, which is not Z. */
  abstract void forward(Pass pass, Matrix z, Matrix y);

  /** Overwrites dZ, which is not dY. */
  abstract void backward(Pass pass, Matrix z, Matrix dY, Matrix dZ);

  /** All elements as one row. */
  private static Matrix row(Matrix m) {
    return m.reshape(1, m.rows() * m.columns());
  }
}
