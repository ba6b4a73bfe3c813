package io.github.cola4j.spark.data.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * The columns a rule reads of a table.
 *
 * @param kinds what values are that are no texts, else null
 * @param remarks of the columns it does not read
 */
public record TableColumns(List<String> names, List<String> kinds, List<String> remarks)
    implements Serializable {
  private static final JsonMapper JSON = new JsonMapper();

  public static TableColumns of(StructType schema, RowRule<?> rule) {
    List<String> present = Arrays.asList(schema.fieldNames());
    Set<String> read = new LinkedHashSet<>(rule.required(present).values());
    rule.optional().stream().filter(present::contains).forEach(read::add);
    if (rule.keepsAll()) {
      read.addAll(present);
    }
    return of(schema, List.copyOf(read), rule.remarks(present));
  }

  public static TableColumns of(StructType schema, List<String> names, List<String> remarks) {
    return new TableColumns(
        names,
        Arrays.asList(
            names.stream()
                .map(name -> ColumnTypes.kind(schema.apply(name).dataType()))
                .toArray(String[]::new)),
        remarks);
  }

  /** A column by its exact name. */
  public static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /**
   * The example that a row makes, or what is wrong with it.
   *
   * @param first where these columns begin in the row
   */
  public <T extends Serializable> ReadRow<T> read(
      Row row, int first, String file, long line, RowRule<T> rule) {
    RowRule.Values values =
        new RowRule.Values() {
          @Override
          public Object of(String column) {
            int index = names.indexOf(column);
            if (index < 0 || row.isNullAt(index + first)) {
              return null;
            }
            String kind = kinds.get(index);
            Object value = row.get(index + first);
            return kind == null
                ? ColumnTypes.text(value)
                : new RowRule.Nested(kind, value instanceof String json ? json(json) : null);
          }

          @Override
          public byte[] bytes(String column) {
            int index = names.indexOf(column);
            return index >= 0 && row.get(index + first) instanceof byte[] bytes ? bytes : null;
          }

          @Override
          public void all(ObjectNode target) {
            for (int i = 0; i < names.size(); i++) {
              Object value = row.get(i + first);
              String name = names.get(i);
              if (kinds.get(i) != null && value instanceof String nested) {
                target.set(name, jsonOrText(nested));
              } else if (value == null || value instanceof Number || value instanceof byte[]) {
                target.set(name, JSON.valueToTree(value));
              } else if (value instanceof Boolean truth) {
                target.put(name, truth);
              } else {
                target.put(name, value.toString());
              }
            }
          }

          @Override
          public String whenNull() {
            return "is null";
          }
        };
    ReadRow<T> read = rule.read(file, line, values, () -> content(row));
    return remarks.isEmpty() ? read : read.plus(remarks);
  }

  /** A row's values; of bytes their number. */
  private static String content(Row row) {
    return IntStream.range(0, row.size())
        .mapToObj(i -> row.get(i) instanceof byte[] bytes ? bytes.length + " bytes" : row.get(i))
        .map(String::valueOf)
        .collect(Collectors.joining(", "));
  }

  /** Of a column that is nested in some files: plain values of the others are no JSON. */
  private static JsonNode jsonOrText(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.getNodeFactory().textNode(text);
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("Spark's to_json wrote malformed JSON", e);
    }
  }
}
