package io.github.cola4j.adapter.init;

import io.github.cola4j.nn.Matrix;

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
    RandomValues.kaiming(factorsA, factorsA.rows(), module.seed());
    factorsB.set(new float[Math.toIntExact(factorsB.length())]);
  }
}
