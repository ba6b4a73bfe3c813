package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.format.ColumnTypes;
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
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Adds what classifiers say to rows and keeps all that these have. */
final class RowPredictor implements Serializable {
  private static final long serialVersionUID = 1;

  private final Map<String, TextPredictor> predictors; // by task
  private final int taskPlace; // of the column that names a row's task; -1 where there is one task
  private final String taskColumn;
  private final TableColumns columns;
  private final RowRule<Example> rule;
  private final int width; // columns of an input row
  private final List<OutputColumn.Value> values;

  private RowPredictor(
      Map<String, TextPredictor> predictors,
      String taskColumn,
      StructType schema,
      RowRule<Example> rule,
      List<OutputColumn> added) {
    List<String> present = Arrays.asList(schema.fieldNames());
    this.predictors = predictors;
    this.taskColumn = taskColumn;
    this.taskPlace = taskColumn == null ? -1 : present.indexOf(taskColumn);
    this.columns = TableColumns.of(schema, present, List.of());
    this.rule = rule;
    this.width = present.size();
    this.values = new ArrayList<>(added.stream().map(OutputColumn::value).toList());
  }

  /**
   * A row, and the text that it is with its task, or why it is none.
   *
   * @param task null where the row is not classified
   * @param reason null where it is
   */
  private record Parsed(Row row, String task, Example example, String reason) {}

  /**
   * The rows with further columns.
   *
   * @param predictors by task, at least one
   * @param taskColumn names a row's task; null where there is one task
   */
  static Dataset<Row> transform(
      Map<String, TextPredictor> predictors,
      Dataset<Row> rows,
      Columns texts,
      String taskColumn,
      List<OutputColumn> added) {
    StructType schema = rows.schema();
    List<String> present = Arrays.asList(schema.fieldNames());
    RowRule<Example> rule = ExampleReader.unlabelled(texts);
    for (String column : rule.required(present).values()) {
      requireOnce(column, present);
    }
    if (taskColumn != null) {
      requireOnce(taskColumn, present);
    }
    requireFree(present, added);
    RowPredictor each = new RowPredictor(predictors, taskColumn, schema, rule, added);
    StructType wider = schema;
    for (OutputColumn column : added) {
      wider = wider.add(new StructField(column.name(), column.type(), true, column.metadata()));
    }
    return withMetadata(
        rows.mapPartitions((MapPartitionsFunction<Row, Row>) each::predict, Encoders.row(wider)),
        wider);
  }

  /** Rows that went through Java have lost what Spark knew of their columns. */
  private static Dataset<Row> withMetadata(Dataset<Row> rows, StructType schema) {
    StructField[] fields = schema.fields();
    if (Arrays.stream(fields).allMatch(field -> field.metadata().equals(Metadata.empty()))) {
      return rows;
    }
    // by their places, as names may be there twice
    Dataset<Row> placed =
        rows.toDF(
            IntStream.range(0, fields.length).mapToObj(Integer::toString).toArray(String[]::new));
    return placed.select(
        IntStream.range(0, fields.length)
            .mapToObj(i -> TableColumns.column("" + i).as(fields[i].name(), fields[i].metadata()))
            .toArray(Column[]::new));
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
  private static void requireFree(List<String> present, List<OutputColumn> added) {
    List<String> names = added.stream().map(OutputColumn::name).toList();
    for (String name : names) {
      if (present.stream().anyMatch(name::equalsIgnoreCase)) {
        throw new IllegalArgumentException(
            String.format(
                "the rows have a column '%s' already; rename it, or give another name in"
                    + " PredictionColumns, got %s",
                name, names));
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
            return parse(rows.next());
          }
        };
    return new Batches<>(parsed, TextPredictor.AT_ONCE, one -> one.reason() == null, this::predict);
  }

  private Parsed parse(Row row) {
    String task = predictors.keySet().iterator().next();
    if (taskPlace >= 0) {
      if (row.isNullAt(taskPlace)) {
        return new Parsed(row, null, null, "column '" + taskColumn + "' is null");
      }
      task = ColumnTypes.text(row.get(taskPlace));
      if (!predictors.containsKey(task)) {
        return new Parsed(row, null, null, "task '" + task + "' is none of " + predictors.keySet());
      }
    }
    ReadRow<Example> read = columns.read(row, 0, "rows", 0, rule);
    return read.bad() == null
        ? new Parsed(row, task, read.example(), null)
        : new Parsed(row, null, null, read.bad().reason());
  }

  private List<Row> predict(List<Parsed> batch) {
    Map<String, List<Example>> examples = new LinkedHashMap<>();
    for (Parsed one : batch) {
      if (one.reason() == null) {
        examples.computeIfAbsent(one.task(), task -> new ArrayList<>()).add(one.example());
      }
    }
    Map<String, Iterator<float[]>> logits = new LinkedHashMap<>();
    examples.forEach(
        (task, own) ->
            logits.put(task, Arrays.asList(predictors.get(task).logits(own)).iterator()));
    List<Row> rows = new ArrayList<>(batch.size());
    for (Parsed one : batch) {
      RowAnswer answer =
          one.reason() == null
              ? RowAnswer.of(
                  predictors.get(one.task()).objective().classes(), logits.get(one.task()).next())
              : RowAnswer.refused(one.reason());
      rows.add(wider(one.row(), answer));
    }
    return rows;
  }

  private Row wider(Row row, RowAnswer answer) {
    Object[] all = new Object[width + values.size()];
    for (int i = 0; i < width; i++) {
      all[i] = row.get(i);
    }
    for (int i = 0; i < values.size(); i++) {
      all[width + i] = values.get(i).of(answer);
    }
    return RowFactory.create(all);
  }
}
