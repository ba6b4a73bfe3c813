package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import java.util.SplittableRandom;

/** Dropout of a layer's input. */
public final class Dropout {
  private Dropout() {}

  /**
   * Zeros with the probability of dropout, 1/(1 − p) elsewhere; decided by the module's and the
   * pass's seed.
   *
   * @param index of the mask in the module
   * @return a mask like x in working memory
   */
  public static Matrix mask(Pass pass, Matrix x, double dropout, long seed, int index) {
    SplittableRandom random = new SplittableRandom(Seeds.mix(seed, pass.seed(), index));
    float keep = (float) (1 / (1 - dropout));
    float[] elements = new float[Math.toIntExact(x.length())];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = random.nextDouble() < dropout ? 0 : keep;
    }
    Matrix mask = pass.matrix(x.rows(), x.columns());
    mask.set(elements);
    return mask;
  }
}
