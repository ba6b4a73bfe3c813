package io.github.cola4j.spark.inference;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import scala.collection.JavaConverters;

/**
 * A column that a classifier adds to rows.
 *
 * @param name the column's
 * @param type of its values
 * @param metadata the column's, such as its labels
 * @param value makes a row's value, on an executor
 */
public record OutputColumn(String name, DataType type, Metadata metadata, Value value) {
  private static final DataType PROBABILITIES =
      DataTypes.createMapType(DataTypes.StringType, DataTypes.DoubleType, false);

  /** A row's value. */
  @FunctionalInterface
  public interface Value extends Serializable {
    /** The value as Spark's rows have it, or null. */
    Object of(RowAnswer answer);
  }

  /** A column without metadata. */
  public OutputColumn(String name, DataType type, Value value) {
    this(name, type, Metadata.empty(), value);
  }

  /** A column that is null where a row is not classified. */
  public static OutputColumn ofClassified(
      String name, DataType type, Metadata metadata, Value value) {
    return new OutputColumn(
        name, type, metadata, answer -> answer.isClassified() ? value.of(answer) : null);
  }

  /** The likeliest class, a string. */
  public static OutputColumn label(String name) {
    return ofClassified(name, DataTypes.StringType, Metadata.empty(), RowAnswer::label);
  }

  /** A map from each class to its probability, in the order of the classes. */
  public static OutputColumn probabilities(String name) {
    return ofClassified(name, PROBABILITIES, Metadata.empty(), OutputColumn::map);
  }

  /** Why a row is not classified, a string; null where it is. */
  public static OutputColumn reason(String name) {
    return new OutputColumn(name, DataTypes.StringType, RowAnswer::reason);
  }

  private static Object map(RowAnswer answer) {
    double[] probabilities = answer.probabilities();
    Map<String, Double> map = new LinkedHashMap<>();
    for (int c = 0; c < probabilities.length; c++) {
      map.put(answer.classes().get(c), probabilities[c]);
    }
    return JavaConverters.mapAsScalaMapConverter(map).asScala();
  }
}
