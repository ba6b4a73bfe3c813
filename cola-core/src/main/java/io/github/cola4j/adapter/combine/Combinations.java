package io.github.cola4j.adapter.combine;

import java.util.List;

/** The rules by name. */
public final class Combinations {
  /** The rules' names. */
  public static final List<String> NAMES = List.of("arithmetic", "svd", "ties", "dare");

  private Combinations() {}

  /**
   * The rule of a name.
   *
   * @param rank of the result, at most; {@code arithmetic} takes none
   * @param density of {@code ties} and {@code dare}
   * @param seed of {@code dare}
   * @throws IllegalArgumentException naming the known ones
   */
  public static Combination named(String name, int rank, double density, long seed) {
    return switch (name) {
      case "arithmetic" -> new TaskArithmetic();
      case "svd" -> new TruncatedArithmetic(rank);
      case "ties" -> new Ties(density, rank);
      case "dare" -> new Dare(density, rank, seed);
      default ->
          throw new IllegalArgumentException(
              "unknown combination '" + name + "'; there are " + String.join(", ", NAMES));
    };
  }

  static void requireDensity(double density) {
    if (!(density > 0 && density <= 1)) {
      throw new IllegalArgumentException("the density must be in (0, 1], got " + density);
    }
  }
}
