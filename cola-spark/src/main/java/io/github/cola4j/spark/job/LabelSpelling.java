package io.github.cola4j.spark.job;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Labels that are the same number in two spellings, as {@code 1} and {@code 1.0}. */
final class LabelSpelling {
  private LabelSpelling() {}

  /** The labels that equal a class as numbers, each with that class. */
  static Map<String, String> twins(Collection<String> labels, Collection<String> classes) {
    Map<BigDecimal, String> numbers = new TreeMap<>();
    for (String name : classes) {
      BigDecimal number = number(name);
      if (number != null) {
        numbers.putIfAbsent(number, name);
      }
    }
    Map<String, String> twins = new TreeMap<>();
    for (String label : labels) {
      BigDecimal number = number(label);
      if (number != null && numbers.containsKey(number)) {
        twins.put(label, numbers.get(number));
      }
    }
    return twins;
  }

  /** As {@code '0' for '0.0', '1' for '1.0'}. */
  static String shown(Map<String, String> twins) {
    return twins.entrySet().stream()
        .limit(5)
        .map(twin -> "'" + twin.getKey() + "' for '" + twin.getValue() + "'")
        .collect(Collectors.joining(", "));
  }

  private static BigDecimal number(String text) {
    if (text.length() > 40) {
      return null;
    }
    try {
      return new BigDecimal(text.strip());
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
