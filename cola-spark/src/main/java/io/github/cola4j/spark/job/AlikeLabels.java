package io.github.cola4j.spark.job;

import io.github.cola4j.spark.data.row.VisibleText;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Labels that a reader would take for one: they differ by case, blanks or what is not seen. */
final class AlikeLabels {
  private static final int SHOWN = 10;

  private AlikeLabels() {}

  /**
   * What a user should know of labels that are alike; null where there are none.
   *
   * @param labels how many examples there are of each
   */
  static String notice(String task, Map<String, Long> labels) {
    Map<String, List<String>> groups = new TreeMap<>();
    labels.keySet().forEach(l -> groups.computeIfAbsent(key(l), k -> new ArrayList<>()).add(l));
    List<String> shown =
        groups.values().stream()
            .filter(group -> group.size() > 1)
            .map(
                group ->
                    group.stream()
                        .map(label -> VisibleText.quoted(label) + "=" + labels.get(label))
                        .collect(Collectors.joining(", ")))
            .toList();
    if (shown.isEmpty()) {
      return null;
    }
    String more = shown.size() > SHOWN ? "; and " + (shown.size() - SHOWN) + " more" : "";
    return String.format(
        "task '%s': of its %d classes some differ by case, blanks or characters that are not seen"
            + " alone: %s%s; write them alike if they are meant to be one",
        task,
        labels.size(),
        String.join("; ", shown.subList(0, Math.min(SHOWN, shown.size()))),
        more);
  }

  /** A class that is alike a label, or null. */
  static String alike(String label, Collection<String> classes) {
    String key = key(label);
    return classes.stream().filter(one -> key(one).equals(key)).findFirst().orElse(null);
  }

  private static String key(String label) {
    return Normalizer.normalize(label, Normalizer.Form.NFKC)
        .replaceAll("[\\p{Cf}\\p{Cc}&&[^\\t\\n\\r]]", "")
        .replaceAll("[\\s\\p{Z}]+", " ")
        .strip()
        .toLowerCase(Locale.ROOT);
  }
}
