package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.row.RowRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * Finds the column that a job names and a file does not have: a mistake in the job, where one row
 * without it is one in the data.
 */
public final class ColumnCheck {
  private static final int SHOWN = 20;

  /** Characters shown of a column's name. */
  private static final int SHOWN_OF_NAME = 100;

  private ColumnCheck() {}

  /** What is wrong with the columns of a file or table, or null. */
  public static String problem(
      String task, String file, Collection<String> present, RowRule<?> rule) {
    String twice =
        Stream.concat(rule.required(present).values().stream(), rule.optional().stream())
            .filter(column -> Collections.frequency(present, column) > 1)
            .findFirst()
            .orElse(null);
    if (twice != null) {
      return String.format(
          "task '%s': %s has %d columns of the name '%s', which is read; rename or remove the"
              + " others",
          task, file, Collections.frequency(present, twice), twice);
    }
    for (Map.Entry<String, String> column : rule.required(present).entrySet()) {
      if (!present.contains(column.getValue())) {
        return message(task, file, column.getValue(), present, rule.fixHint(column.getKey()));
      }
    }
    return null;
  }

  private static String message(
      String task, String file, String column, Collection<String> present, String fixHint) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String nearest =
        present.stream()
            .map(ColumnCheck::shown)
            .min(Comparator.comparingInt(name -> distance.apply(name, column)))
            .orElseThrow();
    List<String> shown =
        new ArrayList<>(present.stream().limit(SHOWN).map(ColumnCheck::shown).toList());
    if (present.size() > SHOWN) {
      shown.add("… (" + present.size() + " columns)");
    }
    return String.format(
        "task '%s': column '%s' is not in %s; it has %s (nearest: %s); %s",
        task, column, file, String.join(", ", shown), nearest, fixHint);
  }

  private static String shown(String name) {
    return name.length() <= SHOWN_OF_NAME ? name : name.substring(0, SHOWN_OF_NAME) + "…";
  }
}
