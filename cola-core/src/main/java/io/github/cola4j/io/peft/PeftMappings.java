package io.github.cola4j.io.peft;

import io.github.cola4j.services.Services;
import java.util.List;

/**
 * The mappings that there are: those beside this class, then those of the thread's class loader.
 */
final class PeftMappings {
  private PeftMappings() {}

  /**
   * Every mapping.
   *
   * @throws IllegalArgumentException if one cannot be loaded
   */
  static List<PeftMapping> all() {
    return Services.all(PeftMapping.class, "the mappings of methods to HF PEFT's");
  }

  /** How a method is written; null if no mapping is for it. */
  static PeftMapping of(String method) {
    return all().stream()
        .filter(mapping -> mapping.methods().contains(method))
        .findFirst()
        .orElse(null);
  }
}
