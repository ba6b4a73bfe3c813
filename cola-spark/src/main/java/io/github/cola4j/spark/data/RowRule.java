package io.github.cola4j.spark.data;

import io.github.cola4j.data.Example;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * When a row is an example: every column it must have holds a text that is not blank.
 *
 * @param columns the columns read
 * @param labelled whether a row needs a label; if not, the label's column is not looked at
 */
record RowRule(Columns columns, boolean labelled) implements Serializable {
  /**
   * A value that is no text.
   *
   * @param kind what it is, with its article
   */
  record WrongType(String kind) {}

  /**
   * The example a row makes, or what is wrong with the row.
   *
   * @param valueOf a column's value: a text, a {@link WrongType}, or null
   * @param whenNull what a null means in this format, as in {@code is missing or null}
   * @param content the row as it stands in the file
   */
  ReadRow apply(
      String file,
      long line,
      Function<String, Object> valueOf,
      String whenNull,
      Supplier<String> content) {
    Map<String, String> values = new HashMap<>();
    for (Map.Entry<String, String> column : columns.required(labelled).entrySet()) {
      Object value = valueOf.apply(column.getValue());
      String problem = problem(value, whenNull);
      if (problem != null) {
        return ReadRow.bad(
            file, line, "column '" + column.getValue() + "' " + problem, content.get());
      }
      values.put(column.getKey(), (String) value);
    }
    return ReadRow.good(new Example(values.get("text"), values.get("pair"), values.get("label")));
  }

  private static String problem(Object value, String whenNull) {
    if (value == null) {
      return whenNull;
    }
    if (value instanceof WrongType wrong) {
      return "is " + wrong.kind() + "; expected a text, a number or a boolean";
    }
    String text = (String) value;
    if (text.indexOf(DataFile.MALFORMED) >= 0) {
      return "is not UTF-8 (malformed input); convert the file to UTF-8";
    }
    return text.isBlank() ? "is blank" : null;
  }
}
