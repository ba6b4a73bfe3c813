package io.github.cola4j.adapter.init;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.weight.Remainder;
import java.util.Arrays;

/**
 * Starts at what a quantised weight Q lacks of W ≈ Q + L R, as {@code cola quantize} has stored it:
 * LoftQ (arXiv 2310.08659) or QPiSSA (arXiv 2404.02948, section 4). Every A_i is R/(M√s), every B_j
 * is M L/(|P|√s) with |P| = Σ P_ij, so that s Σ P_ij B_j A_i = L R for every pairing. The layer
 * computes about as W from the first step on; nothing is subtracted.
 *
 * @param name also of the {@link Remainder}s that it takes
 */
public record RemainderInitializer(String name) implements AdapterInitializer {
  @Override
  public boolean startsEqual() {
    return true;
  }

  @Override
  public boolean subtracts() {
    return false;
  }

  @Override
  public void initialize(Module module, Matrix factorsA, Matrix factorsB) {
    Remainder remainder = module.linear().remainder();
    requireFit(module, remainder);
    double root = Math.sqrt(module.scaling());
    int a = module.a();
    double[][] p = module.pairing().expectation(a, module.b());
    double pairs = Arrays.stream(p).flatMapToDouble(Arrays::stream).sum();
    repeat(remainder.right(), 1 / (a * root), factorsA);
    repeat(remainder.left(), a / (pairs * root), factorsB);
  }

  private void requireFit(Module module, Remainder remainder) {
    String layer = "init " + name + ": the weight of " + module.linear().name();
    if (remainder == null) {
      throw new IllegalArgumentException(
          layer
              + " has no start stored beside it; write the model with cola quantize --start "
              + name
              + " --rank "
              + module.rank()
              + ", with targets that include this layer, or take another init");
    }
    if (!remainder.init().equals(name) || remainder.rank() != module.rank()) {
      throw new IllegalArgumentException(
          layer
              + " has a start of init "
              + remainder.init()
              + " and rank "
              + remainder.rank()
              + " stored beside it, got rank "
              + module.rank()
              + "; set init and rank to those, or quantise the model with others");
    }
  }

  /** Overwrites every block of a matrix by a share of some elements. */
  private static void repeat(float[] elements, double share, Matrix target) {
    float[] all = new float[Math.toIntExact(target.length())];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) (share * elements[i % elements.length]);
    }
    target.set(all);
  }
}
