package io.github.cola4j.spark.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.row.InputRow;
import io.github.cola4j.spark.data.row.Surrogates;
import java.io.UncheckedIOException;
import java.util.Map;

/** The line of the output for a row of the input: what it became, its place, and its columns. */
public final class InputJson {
  private static final String INPUT = "input.";

  private InputJson() {}

  /**
   * The prediction with what there is of the row.
   *
   * @param line the prediction; empty for a bad row
   * @param number of the row in the whole input, from 1
   * @param bad why there is no prediction, or null
   */
  public static String text(ObjectNode line, long number, InputRow<?> row, String bad) {
    line.put("row", number).put("file", row.file()).put("line", row.line());
    if (bad != null) {
      line.put("bad", bad);
    }
    if (row.columns() != null) {
      JsonNode columns = LineFields.parse(row.columns()); // one object, as a line is
      for (Map.Entry<String, JsonNode> column : columns.properties()) {
        put(line, column.getKey(), column.getValue(), columns);
      }
    }
    try {
      return Surrogates.repaired(LineFields.MAPPER.writeValueAsString(line));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a line cannot be written as JSON", e);
    }
  }

  private static void put(ObjectNode line, String column, JsonNode value, JsonNode columns) {
    JsonNode there = LineFields.OURS.containsKey(column) ? null : line.get(column);
    boolean isShown =
        there != null
            && (there.equals(value)
                || there.isValueNode()
                    && value.isValueNode()
                    && there.asText().equals(value.asText()));
    if (isShown) {
      return;
    }
    String name = column;
    while (LineFields.OURS.containsKey(name)
        || line.has(name)
        || (!name.equals(column) && columns.has(name))) {
      name = INPUT + name;
    }
    line.set(name, value);
  }
}
