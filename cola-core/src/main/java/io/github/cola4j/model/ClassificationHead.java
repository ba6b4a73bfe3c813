package io.github.cola4j.model;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.SplittableRandom;

/**
 * A trained linear classifier on pooled embeddings: logits = W x + b.
 *
 * @param weight W [classes × d], a window of the task's parameters
 * @param bias b [classes × 1]
 * @param gradWeight dW
 * @param gradBias db; null for a bias that is not trained
 */
public record ClassificationHead(Matrix weight, Matrix bias, Matrix gradWeight, Matrix gradBias) {

  /** Starting values of W (column by column) and b, as PyTorch's linear layer: U(−1/√d, 1/√d). */
  public static float[] initial(int classes, int features, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double bound = 1 / Math.sqrt(features);
    float[] elements = new float[Math.addExact(Math.multiplyExact(classes, features), classes)];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) (bound * (2 * random.nextDouble() - 1));
    }
    return elements;
  }

  /** The same with a bias that stays as it is. */
  ClassificationHead withFixedBias() {
    return new ClassificationHead(weight, bias, gradWeight, null);
  }

  /** The logits [classes × sequences], in the pass's working memory. */
  public Matrix forward(Pass pass, Matrix x) {
    Matrix logits = pass.matrix(weight.rows(), x.columns());
    pass.kernels().broadcast(bias, logits);
    pass.kernels().gemm(1, weight, false, x, false, 1, logits);
    return logits;
  }

  /** Adds to dW and db; overwrites dX [d × sequences] unless it is null. */
  public void backward(Pass pass, Matrix x, Matrix dLogits, Matrix dX) {
    pass.kernels().gemm(1, dLogits, false, x, true, 1, gradWeight);
    if (gradBias != null) {
      Matrix ones = pass.matrix(dLogits.columns(), 1);
      pass.kernels().fill(1, ones);
      pass.kernels().gemm(1, dLogits, false, ones, false, 1, gradBias);
    }
    if (dX != null) {
      pass.kernels().gemm(1, weight, true, dLogits, false, 0, dX);
    }
  }
}
