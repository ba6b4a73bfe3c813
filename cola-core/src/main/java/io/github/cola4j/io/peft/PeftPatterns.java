package io.github.cola4j.io.peft;

import io.github.cola4j.adapter.AdapterConfig;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code rank_pattern} and {@code alpha_pattern}: modules that differ from the others. */
final class PeftPatterns {
  private PeftPatterns() {}

  /** What a module has. */
  record Size(int rank, double alpha) {}

  /** The modules that have another size than the general one, by size. */
  static List<AdapterConfig.Override> overrides(Map<String, Size> sizes, Size general) {
    return sizes.values().stream()
        .distinct()
        .filter(size -> !size.equals(general))
        .map(
            size ->
                new AdapterConfig.Override(
                    sizes.keySet().stream()
                        .filter(module -> sizes.get(module).equals(size))
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|", "^(", ")$")),
                    size.rank(),
                    size.alpha()))
        .toList();
  }

  /** What most modules have, the first such value; patterns name the other modules. */
  static <T> T general(Collection<T> values) {
    Map<T, Integer> counts = new LinkedHashMap<>();
    values.forEach(value -> counts.merge(value, 1, Integer::sum));
    return counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }
}
