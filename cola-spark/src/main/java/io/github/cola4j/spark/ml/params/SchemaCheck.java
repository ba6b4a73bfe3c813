package io.github.cola4j.spark.ml.params;

import io.github.cola4j.spark.data.row.SparkImages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Checks that a stage's columns are those of a schema.
 *
 * @param stage whose params name columns
 * @param schema of the rows
 */
public record SchemaCheck(Params stage, StructType schema) {
  private static final Set<DataType> INTEGERS =
      Set.of(DataTypes.ByteType, DataTypes.ShortType, DataTypes.IntegerType, DataTypes.LongType);

  /** What a column may hold. */
  public enum Kind {
    TEXT("a string"),
    IMAGE("bytes, or a struct of Spark's image source"),
    MESSAGES("an array of structs with role and content, or a string of JSON"),
    TASK("a string or a whole number"),
    LABEL("a string, a boolean or a number"),
    LABELS("an array of strings"),
    NUMBER("a number"),
    INDICATOR("a boolean");

    private final String what;

    Kind(String what) {
      this.what = what;
    }

    private boolean holds(DataType type) {
      return switch (this) {
        case TEXT -> type instanceof StringType;
        case IMAGE -> type instanceof BinaryType || SparkImages.isOne(type);
        case MESSAGES -> type instanceof ArrayType || type instanceof StringType;
        case TASK -> type instanceof StringType || INTEGERS.contains(type);
        case LABEL ->
            type instanceof StringType
                || type instanceof BooleanType
                || type instanceof NumericType;
        case LABELS -> type instanceof ArrayType array && array.elementType() instanceof StringType;
        case NUMBER -> type instanceof NumericType;
        case INDICATOR -> type instanceof BooleanType;
      };
    }
  }

  /**
   * Refuses columns that are not there, are of another type, or have two roles.
   *
   * @param read the params that name them, with what they hold; one that names none is passed over
   */
  public void requireRead(Map<Param<String>, Kind> read) {
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
            throw failed(
                String.format(
                    "%s and %s are both '%s'; name a column each", other, param.name(), name));
          }
        });
  }

  private void require(Param<String> param, String name, Kind kind) {
    List<String> present = Arrays.asList(schema.fieldNames());
    if (!present.contains(name)) {
      throw failed(
          String.format(
              "%s is '%s', which is none of the columns %s; set %s to one of them",
              param.name(), name, present, param.name()));
    }
    DataType type = schema.apply(name).dataType();
    if (!kind.holds(type)) {
      throw failed(
          String.format(
              "%s '%s' is of type %s, expected %s; cast it, or name another column",
              param.name(), name, type.simpleString(), kind.what));
    }
  }

  /**
   * The schema with further columns, by the params that name them.
   *
   * @throws IllegalArgumentException if there is one of such a name, also if case alone differs
   */
  public StructType adding(Map<Param<String>, StructField> added) {
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
                    String.format(
                        "there is a column '%s' already, and %s would add '%s'; drop it, or set %s"
                            + " to another name or to an empty string",
                        present, param, name, param));
              });
      names.add(name);
      wider = wider.add(column.getValue());
    }
    return wider;
  }

  private IllegalArgumentException failed(String reason) {
    return new IllegalArgumentException(stage.uid() + ": " + reason);
  }
}
