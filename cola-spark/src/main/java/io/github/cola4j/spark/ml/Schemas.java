package io.github.cola4j.spark.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Checks that a stage's columns are those of a schema.
 *
 * @param stage whose params name columns
 * @param schema of the rows
 */
record Schemas(Params stage, StructType schema) {

  /** What a column may hold. */
  enum Kind {
    TEXT("a string", type -> type instanceof StringType),
    TASK("a string or a whole number", Schemas::isName),
    LABEL(
        "a string, a boolean or a number",
        type ->
            type instanceof StringType
                || type instanceof BooleanType
                || type instanceof NumericType),
    INDICATOR("a boolean", type -> type instanceof BooleanType);

    private final String what;
    private final Predicate<DataType> holds;

    Kind(String what, Predicate<DataType> holds) {
      this.what = what;
      this.holds = holds;
    }
  }

  private static boolean isName(DataType type) {
    return type instanceof StringType
        || type instanceof LongType
        || type instanceof IntegerType
        || type instanceof ShortType
        || type instanceof ByteType;
  }

  /**
   * Refuses columns that are not there, are of another type, or have two roles.
   *
   * @param read the params that name them, with what they hold; one that names none is passed over
   */
  void requireRead(Map<Param<String>, Kind> read) {
    Map<String, String> roles = new LinkedHashMap<>();
    read.forEach(
        (param, kind) -> {
          String name = ParamSet.column(stage, param);
          if (name == null) {
            return;
          }
          require(param, name, kind);
          String other = roles.put(name, param.name());
          if (other != null) {
            throw failed("%s and %s are both '%s'; name a column each", other, param.name(), name);
          }
        });
  }

  private void require(Param<String> param, String name, Kind kind) {
    List<String> present = Arrays.asList(schema.fieldNames());
    if (!present.contains(name)) {
      throw failed(
          "%s is '%s', which is none of the columns %s; set %s to one of them",
          param.name(), name, present, param.name());
    }
    DataType type = schema.apply(name).dataType();
    if (!kind.holds.test(type)) {
      throw failed(
          "%s '%s' is of type %s, expected %s; cast it, or name another column",
          param.name(), name, type.simpleString(), kind.what);
    }
  }

  /**
   * The schema with further columns, by the params that name them.
   *
   * @throws IllegalArgumentException if there is one of such a name, also if case alone differs
   */
  StructType adding(Map<Param<String>, StructField> added) {
    StructType wider = schema;
    List<String> names = new ArrayList<>(List.of(schema.fieldNames()));
    for (Map.Entry<Param<String>, StructField> column : added.entrySet()) {
      String name = column.getValue().name();
      String param = column.getKey().name();
      names.stream()
          .filter(name::equalsIgnoreCase)
          .findFirst()
          .ifPresent(
              present -> {
                throw failed(
                    "there is a column '%s' already, and %s would add '%s'; drop it, or set %s to"
                        + " another name or to an empty string",
                    present, param, name, param);
              });
      names.add(name);
      wider = wider.add(column.getValue());
    }
    return wider;
  }

  private IllegalArgumentException failed(String format, Object... values) {
    return new IllegalArgumentException(stage.uid() + ": " + String.format(format, values));
  }
}
