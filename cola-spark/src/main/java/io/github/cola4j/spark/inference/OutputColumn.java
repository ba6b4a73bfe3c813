package io.github.cola4j.spark.inference;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import scala.collection.JavaConverters;

/**
 * A column that a model adds to rows.
 *
 * @param <A> what is said of a row: {@link RowAnswer} of classifiers, {@link RowText} of language
 *     models
 * @param name the column's
 * @param type of its values
 * @param metadata the column's, such as its labels
 * @param value makes a row's value, on an executor
 */
public record OutputColumn<A>(String name, DataType type, Metadata metadata, Value<A> value) {
  private static final DataType PROBABILITIES =
      DataTypes.createMapType(DataTypes.StringType, DataTypes.DoubleType, false);

  /** A row's value. */
  @FunctionalInterface
  public interface Value<A> extends Serializable {
    /** The value as Spark's rows have it, or null. */
    Object of(A answer);
  }

  /** A column without metadata. */
  public OutputColumn(String name, DataType type, Value<A> value) {
    this(name, type, Metadata.empty(), value);
  }

  /** What the rows' schema gets. */
  public StructField field() {
    return new StructField(name, type, true, metadata);
  }

  /** A column that is null where a row is not classified. */
  public static OutputColumn<RowAnswer> ofClassified(
      String name, DataType type, Metadata metadata, Value<RowAnswer> value) {
    return new OutputColumn<>(
        name, type, metadata, answer -> answer.isClassified() ? value.of(answer) : null);
  }

  /** The likeliest class, a string. */
  public static OutputColumn<RowAnswer> label(String name) {
    return ofClassified(name, DataTypes.StringType, Metadata.empty(), RowAnswer::label);
  }

  /** The labels that are likelier than not, an array of strings, of multi-label tasks. */
  public static OutputColumn<RowAnswer> labels(String name) {
    return ofClassified(
        name,
        DataTypes.createArrayType(DataTypes.StringType, false),
        Metadata.empty(),
        answer -> JavaConverters.asScalaBufferConverter(answer.labels()).asScala().toSeq());
  }

  /** The number, a double, of regressions. */
  public static OutputColumn<RowAnswer> value(String name) {
    return ofClassified(name, DataTypes.DoubleType, Metadata.empty(), RowAnswer::value);
  }

  /** A map from each class to its probability, in the order of the classes. */
  public static OutputColumn<RowAnswer> probabilities(String name) {
    return ofClassified(name, PROBABILITIES, Metadata.empty(), OutputColumn::map);
  }

  /** Why a row is not classified, a string; null where it is. */
  public static OutputColumn<RowAnswer> reason(String name) {
    return new OutputColumn<>(name, DataTypes.StringType, RowAnswer::reason);
  }

  /** The generated text, a string; null where there is none. */
  public static OutputColumn<RowText> answer(String name) {
    return new OutputColumn<>(name, DataTypes.StringType, RowText::text);
  }

  /** Whether the generated text was cut, a boolean; null where there is none. */
  public static OutputColumn<RowText> cut(String name) {
    return new OutputColumn<>(
        name, DataTypes.BooleanType, answer -> answer.isAnswered() ? !answer.ended() : null);
  }

  /** Why there is no generated text, a string; null where there is one. */
  public static OutputColumn<RowText> unanswered(String name) {
    return new OutputColumn<>(name, DataTypes.StringType, RowText::reason);
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
