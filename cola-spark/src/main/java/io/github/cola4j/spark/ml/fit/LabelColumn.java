package io.github.cola4j.spark.ml.fit;

import io.github.cola4j.spark.data.format.TableColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.BinaryAttribute;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import scala.Option;

/**
 * How the values of a label's column are classes. Strings are: a task's classes are those that it
 * has, sorted. Numbers are the indices of classes, named in the column's metadata, as a
 * StringIndexer does, or else by their digits.
 *
 * @param isIndex whether values are indices
 * @param labels the metadata's, by index; null where there are none
 */
public record LabelColumn(String name, boolean isIndex, List<String> labels) {
  /** As many as Spark's own classifiers infer. */
  private static final int MOST_CLASSES = 100;

  public static LabelColumn of(StructField field) {
    boolean isIndex = field.dataType() instanceof NumericType;
    return new LabelColumn(field.name(), isIndex, isIndex ? labels(field) : null);
  }

  private static List<String> labels(StructField field) {
    Attribute attribute = Attribute.fromStructField(field);
    Option<String[]> values =
        attribute instanceof NominalAttribute nominal
            ? nominal.values()
            : attribute instanceof BinaryAttribute binary ? binary.values() : Option.empty();
    return values.isEmpty() ? null : List.of(values.get());
  }

  /** The class of a value as a string; a value that is no index stays as it is. */
  Column text() {
    Column value = TableColumns.column(name);
    if (!isIndex) {
      return value.cast("string");
    }
    Column index = value.cast("double");
    Column known = index.cast("long").cast("string");
    if (labels != null) {
      Column all = functions.array(labels.stream().map(functions::lit).toArray(Column[]::new));
      known = functions.when(index.lt(labels.size()), functions.get(all, index.cast("int")));
    }
    return functions.coalesce(functions.when(isWhole(index), known), value.cast("string"));
  }

  private static Column isWhole(Column value) {
    return value.geq(0).and(value.equalTo(functions.floor(value)));
  }

  /**
   * The classes of each task, where values are indices; none where they are strings.
   *
   * @param rows with this column and the task's
   * @throws IllegalArgumentException if there are too many for indices without metadata
   */
  Map<String, List<String>> classes(Dataset<Row> rows, String taskColumn) {
    Map<String, List<String>> classes = new TreeMap<>();
    if (!isIndex) {
      return classes;
    }
    Column index = TableColumns.column(name).cast("double");
    Column task = TableColumns.column(taskColumn);
    List<Row> tasks =
        rows.where(task.isNotNull().and(index.isNotNull()))
            .groupBy(task.cast("string"))
            .agg(functions.max(functions.when(isWhole(index), index)))
            .collectAsList();
    for (Row row : tasks) {
      classes.put(row.getString(0), labels != null ? labels : digits(row));
    }
    return classes;
  }

  private List<String> digits(Row row) {
    // without any index the refusal of what there is names two classes
    double last = row.isNullAt(1) ? 1 : row.getDouble(1);
    if (last >= MOST_CLASSES) {
      throw new IllegalArgumentException(
          String.format(
              "labelCol '%s' has the index %.0f, expected less than %d where its metadata has no"
                  + " labels; index the labels with a StringIndexer, or give them as strings",
              name, last, MOST_CLASSES));
    }
    return new ArrayList<>(
        IntStream.rangeClosed(0, (int) last).mapToObj(Integer::toString).toList());
  }
}
