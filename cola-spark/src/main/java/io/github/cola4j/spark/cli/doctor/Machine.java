package io.github.cola4j.spark.cli.doctor;

import java.util.Optional;

/** What this process was started with. */
final class Machine {
  private Machine() {}

  /** An environment variable that is set to something. */
  static Optional<String> environment(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }
}
