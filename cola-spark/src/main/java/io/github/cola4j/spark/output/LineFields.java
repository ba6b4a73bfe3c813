package io.github.cola4j.spark.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The fields of lines of JSON as columns. */
final class LineFields {
  /** The class; of several labels a list; or a number. */
  static final String LABEL = "label";

  /** The field whose fields are columns too. */
  static final String PROBABILITIES = "probabilities";

  /** The fields that are ours in every line, with their types. */
  static final Map<String, DataType> OURS =
      Map.of(
          LABEL,
          DataTypes.StringType,
          "probability",
          DataTypes.DoubleType,
          PROBABILITIES,
          DataTypes.createMapType(DataTypes.StringType, DataTypes.DoubleType),
          "answer",
          DataTypes.StringType,
          "cut",
          DataTypes.BooleanType,
          "row",
          DataTypes.LongType,
          "file",
          DataTypes.StringType,
          "line",
          DataTypes.LongType,
          "bad",
          DataTypes.StringType);

  private static final String CLASS = PROBABILITIES + ".";

  static final JsonMapper MAPPER =
      JsonMapper.builder() // a number stays as its line has it
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private LineFields() {}

  /** The names of the fields of all lines, in the order in which they come first. */
  static List<String> names(JavaRDD<String> lines) {
    return distinct(
        lines, line -> parse(line).properties().stream().map(Map.Entry::getKey).toList());
  }

  /** The names of the cells of all lines, in the order in which they come first. */
  static List<String> cellNames(JavaRDD<String> lines) {
    return distinct(lines, line -> List.copyOf(cells(line).keySet()));
  }

  private static List<String> distinct(JavaRDD<String> lines, SerializableNames names) {
    Set<String> all = new LinkedHashSet<>();
    lines
        .mapPartitions(
            partition -> {
              Set<String> its = new LinkedHashSet<>();
              partition.forEachRemaining(line -> its.addAll(names.apply(line)));
              return List.of(new ArrayList<>(its)).iterator();
            })
        .collect()
        .forEach(all::addAll);
    return List.copyOf(all);
  }

  private interface SerializableNames
      extends Function<String, List<String>>, java.io.Serializable {}

  /**
   * A line's values as text, null for none: a column for each class's probability, and what is
   * nested otherwise as JSON.
   */
  static Map<String, String> cells(String line) {
    Map<String, String> cells = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : parse(line).properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      if (name.equals(PROBABILITIES)) {
        value.properties().forEach(p -> cells.put(CLASS + p.getKey(), text(p.getValue())));
      } else { // a column of the rows that has a class's name is another one
        cells.put(name.startsWith(CLASS) ? "input." + name : name, text(value));
      }
    }
    return cells;
  }

  private static String text(JsonNode value) {
    if (value.isNull()) {
      return null;
    }
    return value.isContainerNode() ? value.toString() : value.asText();
  }

  static JsonNode parse(String line) {
    try {
      return MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a line is no JSON", e);
    }
  }
}
