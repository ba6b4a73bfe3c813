package io.github.cola4j.adapter.highrank;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.nn.layer.FrozenLinear;

/** The side of square blocks of a weight, which is the rank of the configuration. */
final class BlockSize {
  private BlockSize() {}

  /**
   * That of a layer.
   *
   * @throws IllegalArgumentException if it divides not both sides of the weight
   */
  static int of(AdapterConfig config, FrozenLinear linear) {
    int size = config.rankOf(linear.name());
    if (linear.in() % size != 0 || linear.out() % size != 0) {
      throw new IllegalArgumentException(
          String.format(
              "rank %d of method %s is the side of its square blocks; expected a divisor of both"
                  + " sides of %s [%d × %d]; take another rank, an override for this module, or"
                  + " leave it out of targets",
              size, config.method(), linear.name(), linear.out(), linear.in()));
    }
    return size;
  }
}
