package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.util.List;
import java.util.Map;

/**
 * The columns that adapters have learnt from.
 *
 * @param byRole none where they are not known
 */
record LearntColumns(Map<String, String> byRole) {
  /**
   * The columns of all adapters.
   *
   * @param named whether the user names columns; adapters that differ then have none
   * @throws InvalidJobException if adapters differ, and no columns are named
   */
  static LearntColumns of(List<AdapterStore.Description> adapters, boolean named) {
    List<Map<String, String>> all =
        adapters.stream()
            .map(
                adapter -> adapter.columns() == null ? Map.<String, String>of() : adapter.columns())
            .distinct()
            .toList();
    if (all.size() == 1) {
      return new LearntColumns(all.get(0));
    }
    if (!named) {
      throw new InvalidJobException(
          "the adapters have learnt from different columns, "
              + all
              + "; name those of your rows, as with --text or --format",
          null);
    }
    return new LearntColumns(Map.of());
  }

  /** A name that is given, or the one of the role; null for the default. */
  String or(String name, String role) {
    return name == null ? byRole.get(role) : name;
  }
}
