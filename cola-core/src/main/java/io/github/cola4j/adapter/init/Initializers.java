package io.github.cola4j.adapter.init;

import java.util.List;
import java.util.stream.Collectors;

/** The initialisers by name. */
public final class Initializers {
  private static final List<AdapterInitializer> ALL =
      List.of(
          new PissaInitializer(),
          new SplitPissaInitializer(),
          new KaimingInitializer(),
          new RemainderInitializer("loftq"),
          new RemainderInitializer("qpissa"));

  private Initializers() {}

  /** Every initialiser. */
  public static List<AdapterInitializer> all() {
    return ALL;
  }

  /**
   * The initialiser of a name.
   *
   * @throws IllegalArgumentException naming the known ones
   */
  public static AdapterInitializer named(String name) {
    return ALL.stream()
        .filter(initializer -> initializer.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown init '"
                        + name
                        + "'; there are "
                        + ALL.stream()
                            .map(AdapterInitializer::name)
                            .collect(Collectors.joining(", "))));
  }
}
