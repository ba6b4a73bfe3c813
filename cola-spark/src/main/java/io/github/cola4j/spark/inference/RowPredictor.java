package io.github.cola4j.spark.inference;

import io.github.cola4j.spark.data.format.ColumnTypes;
import io.github.cola4j.spark.data.format.TableColumns;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Adds what models say to rows and keeps all that these have.
 *
 * @param <E> what a row is read as
 * @param <A> what is said of a row
 */
final class RowPredictor<E extends Serializable, A> implements Serializable {
  private static final long serialVersionUID = 1;

  private final RowModel<E, A> model;
  private final int taskPlace; // of the column that names a row's task; -1 where there is one task
  private final String taskColumn;
  private final TableColumns columns;
  private final int first; // where these columns begin
  private final RowRule<E> rule;
  private final int width; // columns of an input row
  private final List<OutputColumn.Value<A>> values;

  private RowPredictor(
      RowModel<E, A> model,
      String taskColumn,
      StructType schema,
      RowRule<E> rule,
      List<OutputColumn<A>> added) {
    List<String> present = Arrays.asList(schema.fieldNames());
    this.model = model;
    this.taskColumn = taskColumn;
    this.taskPlace = taskColumn == null ? -1 : present.indexOf(taskColumn);
    TableColumns read = TableColumns.of(schema, rule);
    boolean hasNested = read.kinds().stream().anyMatch(Objects::nonNull);
    this.columns = hasNested ? read : TableColumns.of(schema, present, List.of());
    this.first = hasNested ? present.size() : 0;
    this.rule = rule;
    this.width = present.size();
    this.values = new ArrayList<>(added.stream().map(OutputColumn::value).toList());
  }

  /**
   * A row, and what it was read as with its task, or why it is none.
   *
   * @param asked null where the row is not answered
   * @param reason null where it is
   */
  private record Parsed<E>(Row row, RowModel.Asked<E> asked, String reason) {}

  /**
   * The rows with further columns.
   *
   * @param rule when a row can be answered
   * @param taskColumn names a row's task; null where there is one task
   */
  static <E extends Serializable, A> Dataset<Row> transform(
      RowModel<E, A> model,
      Dataset<Row> rows,
      RowRule<E> rule,
      String taskColumn,
      List<OutputColumn<A>> added) {
    if (taskColumn == null && model.tasks().size() > 1) {
      throw new IllegalArgumentException(
          "there are the tasks "
              + List.copyOf(model.tasks())
              + "; name the column that has a row's task");
    }
    StructType schema = rows.schema();
    List<String> present = Arrays.asList(schema.fieldNames());
    for (String column : rule.required(present).values()) {
      requireOnce(column, present);
    }
    if (taskColumn != null) {
      requireOnce(taskColumn, present);
    }
    requireFree(present, added);
    RowPredictor<E, A> each = new RowPredictor<>(model, taskColumn, schema, rule, added);
    StructType wider = schema;
    for (OutputColumn<A> column : added) {
      wider = wider.add(column.field());
    }
    return withMetadata(
        each.readable(rows)
            .mapPartitions((MapPartitionsFunction<Row, Row>) each::predict, Encoders.row(wider)),
        wider);
  }

  /** The rows; where lists or objects are read, with what is read once more, these as JSON. */
  private Dataset<Row> readable(Dataset<Row> rows) {
    if (first == 0) {
      return rows;
    }
    StructType schema = rows.schema();
    List<String> present = Arrays.asList(schema.fieldNames());
    List<Column> all = new ArrayList<>();
    IntStream.range(0, width).forEach(i -> all.add(TableColumns.column("" + i)));
    for (String name : columns.names()) {
      int place = present.indexOf(name);
      all.add(
          ColumnTypes.shown(TableColumns.column("" + place), schema.fields()[place].dataType()));
    }
    return placed(rows).select(all.toArray(Column[]::new));
  }

  /** Columns by their places, as names may be there twice. */
  private static Dataset<Row> placed(Dataset<Row> rows) {
    int columns = rows.schema().size();
    return rows.toDF(
        IntStream.range(0, columns).mapToObj(Integer::toString).toArray(String[]::new));
  }

  /** Rows that went through Java have lost what Spark knew of their columns. */
  private static Dataset<Row> withMetadata(Dataset<Row> rows, StructType schema) {
    StructField[] fields = schema.fields();
    if (Arrays.stream(fields).allMatch(field -> field.metadata().equals(Metadata.empty()))) {
      return rows;
    }
    return placed(rows)
        .select(
            IntStream.range(0, fields.length)
                .mapToObj(
                    i -> TableColumns.column("" + i).as(fields[i].name(), fields[i].metadata()))
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
  private static <A> void requireFree(List<String> present, List<OutputColumn<A>> added) {
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
    RowModel.Session<E, A> session = model.open();
    TaskContext.get().addTaskCompletionListener((TaskCompletionListener) task -> session.close());
    Iterator<Parsed<E>> parsed =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return rows.hasNext();
          }

          @Override
          public Parsed<E> next() {
            return parse(rows.next());
          }
        };
    return new Batches<>(
        parsed, model.atOnce(), one -> one.reason() == null, batch -> predict(session, batch));
  }

  private Parsed<E> parse(Row row) {
    String task = model.tasks().iterator().next();
    if (taskPlace >= 0) {
      if (row.isNullAt(taskPlace)) {
        return new Parsed<>(row, null, "column '" + taskColumn + "' is null");
      }
      task = ColumnTypes.text(row.get(taskPlace));
      if (!model.tasks().contains(task)) {
        return new Parsed<>(row, null, "task '" + task + "' is none of " + model.tasks());
      }
    }
    ReadRow<E> read = columns.read(row, first, "rows", 0, rule);
    return read.bad() == null
        ? new Parsed<>(row, new RowModel.Asked<>(task, read.example()), null)
        : new Parsed<>(row, null, read.bad().reason());
  }

  private List<Row> predict(RowModel.Session<E, A> session, List<Parsed<E>> batch) {
    List<RowModel.Asked<E>> asked =
        batch.stream().map(Parsed::asked).filter(Objects::nonNull).toList();
    Iterator<A> answers = session.answer(asked).iterator();
    List<Row> rows = new ArrayList<>(batch.size());
    for (Parsed<E> one : batch) {
      rows.add(
          wider(one.row(), one.reason() == null ? answers.next() : model.refused(one.reason())));
    }
    return rows;
  }

  private Row wider(Row row, A answer) {
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
