package io.github.cola4j.adapter.pairing;

import java.util.List;
import java.util.stream.Collectors;

/** The pairing strategies by name. */
public final class Pairings {
  private static final List<PairingStrategy> ALL =
      List.of(
          new FullPairing(),
          new RandomPairing(false),
          new RandomPairing(true),
          new HeuristicPairing(false),
          new HeuristicPairing(true));

  private Pairings() {}

  /** Every strategy. */
  public static List<PairingStrategy> all() {
    return ALL;
  }

  /**
   * The strategy of a name.
   *
   * @throws IllegalArgumentException naming the known ones
   */
  public static PairingStrategy named(String name) {
    return ALL.stream()
        .filter(strategy -> strategy.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown pairing '"
                        + name
                        + "'; there are "
                        + ALL.stream()
                            .map(PairingStrategy::name)
                            .collect(Collectors.joining(", "))));
  }
}
