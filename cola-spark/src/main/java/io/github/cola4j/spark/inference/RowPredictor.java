package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.format.TableColumns;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/** Adds predictions to rows and keeps all that they have. */
final class RowPredictor implements Serializable {
  private static final long serialVersionUID = 1;
  private static final DataType PROBABILITIES =
      DataTypes.createMapType(DataTypes.StringType, DataTypes.DoubleType, false);

  private final TextPredictor predictor;
  private final TableColumns columns;
  private final RowRule<Example> rule;
  private final int width; // columns of an input row

  private RowPredictor(
      TextPredictor predictor, TableColumns columns, RowRule<Example> rule, int width) {
    this.predictor = predictor;
    this.columns = columns;
    this.rule = rule;
    this.width = width;
  }

  /** A row and the text that it is, or why it is none. */
  private record Parsed(Row row, ReadRow<Example> read) {}

  static Dataset<Row> transform(
      TextPredictor predictor, Dataset<Row> rows, Columns texts, PredictionColumns added) {
    StructType schema = rows.schema();
    List<String> present = Arrays.asList(schema.fieldNames());
    RowRule<Example> rule = ExampleReader.unlabelled(texts);
    for (String column : rule.required(present).values()) {
      requireOnce(column, present);
    }
    requireFree(present, added);
    RowPredictor each =
        new RowPredictor(
            predictor, TableColumns.of(schema, present, List.of()), rule, present.size());
    StructType wider =
        schema
            .add(added.prediction(), DataTypes.StringType, true)
            .add(added.probabilities(), PROBABILITIES, true)
            .add(added.reason(), DataTypes.StringType, true);
    return rows.mapPartitions((MapPartitionsFunction<Row, Row>) each::predict, Encoders.row(wider));
  }

  private static void requireOnce(String column, List<String> present) {
    int times = Collections.frequency(present, column);
    if (times != 1) {
      throw new IllegalArgumentException(
          String.format(
              "the rows have %s column '%s', they have %s; name another one in Columns",
              times == 0 ? "no" : "more than one", column, present));
    }
  }

  /** Whatever the session's setting, names that differ by case alone would be a trap. */
  private static void requireFree(List<String> present, PredictionColumns added) {
    for (String name : added.names()) {
      if (present.stream().anyMatch(name::equalsIgnoreCase)) {
        throw new IllegalArgumentException(
            String.format(
                "the rows have a column '%s' already; rename it, or give another name in"
                    + " PredictionColumns, got %s",
                name, added.names()));
      }
    }
  }

  private Iterator<Row> predict(Iterator<Row> rows) {
    Iterator<Parsed> parsed =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return rows.hasNext();
          }

          @Override
          public Parsed next() {
            Row row = rows.next();
            return new Parsed(row, columns.read(row, 0, "rows", 0, rule));
          }
        };
    return new Batches<>(
        parsed, TextPredictor.AT_ONCE, one -> one.read().example() != null, this::predict);
  }

  private List<Row> predict(List<Parsed> batch) {
    List<Example> examples =
        batch.stream().map(one -> one.read().example()).filter(Objects::nonNull).toList();
    Iterator<AdapterRunner.Prediction> predictions = predictor.predict(examples).iterator();
    List<Row> rows = new ArrayList<>(batch.size());
    for (Parsed one : batch) {
      Object[] values = new Object[width + 3];
      for (int i = 0; i < width; i++) {
        values[i] = one.row().get(i);
      }
      if (one.read().bad() == null) {
        AdapterRunner.Prediction prediction = predictions.next();
        values[width] = prediction.label();
        values[width + 1] = map(prediction.probabilities());
      } else {
        values[width + 2] = one.read().bad().reason();
      }
      rows.add(RowFactory.create(values));
    }
    return rows;
  }

  private Object map(double[] probabilities) {
    Map<String, Double> map = new LinkedHashMap<>();
    for (int c = 0; c < probabilities.length; c++) {
      map.put(predictor.objective().classes().get(c), probabilities[c]);
    }
    return JavaConverters.mapAsScalaMapConverter(map).asScala();
  }
}
