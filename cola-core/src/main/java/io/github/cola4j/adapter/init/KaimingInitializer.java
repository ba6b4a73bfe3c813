package io.github.cola4j.adapter.init;

import io.github.cola4j.nn.Matrix;
import java.util.SplittableRandom;

/**
 * LoRA's start (arXiv 2106.09685): every A_i drawn on its own from U(−1/√in, 1/√in), which is
 * Kaiming's uniform distribution with slope √5, and every B_j zero.
 */
public record KaimingInitializer() implements AdapterInitializer {
  @Override
  public String name() {
    return "kaiming";
  }

  @Override
  public void initialize(Module module, Matrix factorsA, Matrix factorsB) {
    SplittableRandom random = new SplittableRandom(module.seed());
    double bound = 1 / Math.sqrt(factorsA.rows());
    float[] a = new float[Math.toIntExact(factorsA.length())];
    for (int i = 0; i < a.length; i++) {
      a[i] = (float) (bound * (2 * random.nextDouble() - 1));
    }
    factorsA.set(a);
    factorsB.set(new float[Math.toIntExact(factorsB.length())]);
  }
}
