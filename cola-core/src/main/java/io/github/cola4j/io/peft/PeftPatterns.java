package io.github.cola4j.io.peft;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code rank_pattern} and {@code alpha_pattern}: modules that differ from the others. */
final class PeftPatterns {
  private PeftPatterns() {}

  /** What most modules have, the first such value; patterns name the other modules. */
  static <T> T general(Collection<T> values) {
    Map<T, Integer> counts = new LinkedHashMap<>();
    values.forEach(value -> counts.merge(value, 1, Integer::sum));
    return counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }
}
