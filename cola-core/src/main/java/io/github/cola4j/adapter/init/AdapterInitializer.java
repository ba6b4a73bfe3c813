package io.github.cola4j.adapter.init;

import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;

/** Starting values of one module's factors. A pure value: all it needs is handed in. */
public interface AdapterInitializer {

  /** The name a job file uses. */
  String name();

  /**
   * The rank of W that the starting values need.
   *
   * @param a M
   * @param rank r
   */
  default int rankNeeded(int a, int rank) {
    return rank;
  }

  /** Whether all A_i of a module start equal, and all B_j. */
  default boolean startsEqual() {
    return false;
  }

  /**
   * Whether the product that the factors start at is subtracted again, so that at step 0 the layer
   * computes as the frozen one. False where that product is a part of the weight that the frozen
   * one lacks ({@link io.github.cola4j.nn.weight.Remainder}).
   */
  default boolean subtracts() {
    return true;
  }

  /**
   * Overwrites the factors.
   *
   * @param module what is adapted
   * @param factorsA [in × M·r], A_iᵀ side by side
   * @param factorsB [out × N·r], B_j side by side
   */
  void initialize(Module module, Matrix factorsA, Matrix factorsB);

  /**
   * A linear layer to adapt.
   *
   * @param linear with W [out × in]
   * @param pairing how the factors will meet
   * @param a M
   * @param b N
   * @param rank r, at most min(in, out)
   * @param scaling s
   * @param seed of random values
   */
  record Module(
      FrozenLinear linear,
      PairingStrategy pairing,
      int a,
      int b,
      int rank,
      double scaling,
      long seed) {}
}
