package io.github.cola4j.adapter.init;

import io.github.cola4j.nn.Matrix;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/** Random starting values that follow from a seed, the same on every machine. */
public final class RandomValues {
  private RandomValues() {}

  /** Overwrites a matrix by draws from U(−bound, bound). */
  public static void uniform(Matrix target, double bound, long seed) {
    fill(target, seed, random -> bound * (2 * random.nextDouble() - 1));
  }

  /**
   * Kaiming's uniform distribution with slope √5, U(−1/√in, 1/√in), with which PyTorch starts a
   * linear layer.
   */
  public static void kaiming(Matrix target, int in, long seed) {
    uniform(target, 1 / Math.sqrt(in), seed);
  }

  /** Overwrites a matrix by draws from N(0, deviation²). */
  public static void gaussian(Matrix target, double deviation, long seed) {
    fill(target, seed, random -> deviation * random.nextGaussian());
  }

  private static void fill(Matrix target, long seed, ToDoubleFunction<SplittableRandom> draw) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] elements = new float[Math.toIntExact(target.length())];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) draw.applyAsDouble(random);
    }
    target.set(elements);
  }
}
