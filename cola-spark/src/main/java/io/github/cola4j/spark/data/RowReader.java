package io.github.cola4j.spark.data;

import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.file.HadoopSettings;
import io.github.cola4j.spark.data.file.NoSuchDataException;
import io.github.cola4j.spark.data.format.ColumnCheck;
import io.github.cola4j.spark.data.format.ColumnTypes;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.format.RowFormat;
import io.github.cola4j.spark.data.format.RowFormats;
import io.github.cola4j.spark.data.format.TableColumns;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;

/**
 * Reads a task's rows on the executors, a file a Spark task or several small ones ({@link
 * io.github.cola4j.spark.data.file.FileGroups}), in the order of path and line; Parquet, which
 * Spark splits, comes after the text formats, sorted by path and row; then tables of the catalog,
 * sorted by their rows' values, as their partitions follow from the cluster.
 */
public final class RowReader {
  /** What the name of a table of Spark's catalog begins with, where files may stand too. */
  private static final String TABLE = "table:";

  private RowReader() {}

  /**
   * Reads examples from files and tables.
   *
   * @param paths files, folders, globs, or {@code table:} and a name that Spark's catalog has
   * @param encoding the text files' charset; null detects it, see {@link DataFile#open}
   * @param csv how CSV and TSV files are written
   * @throws NoSuchDataException if a path or table is not there
   */
  static <T extends Serializable> ExampleRows<T> read(
      SparkSession spark,
      String task,
      List<String> paths,
      RowRule<T> rule,
      String encoding,
      CsvConfig csv) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    HadoopSettings conf = HadoopSettings.of(context);
    List<String> named =
        paths.stream().filter(path -> path.startsWith(TABLE)).sorted().distinct().toList();
    RowFormats formats = RowFormats.all();
    List<DataFile> files;
    List<String> notices = new ArrayList<>();
    try {
      files =
          DataFile.list(
              task,
              paths.stream().filter(path -> !named.contains(path)).toList(),
              encoding,
              context.hadoopConfiguration(),
              notices::add,
              file -> formats.requireKnown(task, file));
    } catch (IOException e) {
      throw new UncheckedIOException("task '" + task + "': cannot list " + paths, e);
    }
    List<RowFormat.Rows<T>> rows = formats.read(spark, task, files, csv, rule, conf);
    for (String table : named) {
      rows.add(rows(task, table, table(spark, task, table), rule, true));
    }
    return ExampleRows.of(
        task,
        rows.stream().map(RowFormat.Rows::rows).reduce(JavaRDD::union).orElse(context.emptyRDD()),
        common(rows),
        rule,
        notices);
  }

  /**
   * Reads examples from a table. Its order must be that of its partitions, the same whenever it is
   * computed.
   *
   * @param name stands for the file in messages; a row's number for its line
   */
  static <T extends Serializable> ExampleRows<T> read(
      String task, String name, Dataset<Row> table, RowRule<T> rule) {
    return of(task, rule, rows(task, name, table, rule, false));
  }

  /** Reads examples from a table of any order, sorted by the values of the columns read. */
  static <T extends Serializable> ExampleRows<T> readSorted(
      String task, String name, Dataset<Row> table, RowRule<T> rule) {
    return of(task, rule, rows(task, name, table, rule, true));
  }

  private static <T extends Serializable> ExampleRows<T> of(
      String task, RowRule<T> rule, RowFormat.Rows<T> rows) {
    return ExampleRows.of(task, rows.rows(), rows.types(), rule, List.of());
  }

  /** The types that columns have wherever rows come from. */
  private static <T extends Serializable> Map<String, DataType> common(
      List<RowFormat.Rows<T>> rows) {
    Map<String, DataType> types = new LinkedHashMap<>();
    rows.forEach(some -> types.putAll(some.types()));
    rows.forEach(
        some -> types.entrySet().removeIf(e -> !e.getValue().equals(some.types().get(e.getKey()))));
    return types;
  }

  private static Dataset<Row> table(SparkSession spark, String task, String name) {
    try {
      return spark.table(name.substring(TABLE.length()));
    } catch (Exception e) { // an AnalysisException is checked, but Scala does not declare it
      if (e instanceof AnalysisException) {
        throw new NoSuchDataException("task '" + task + "': no such table: " + name);
      }
      throw e;
    }
  }

  private static <T extends Serializable> RowFormat.Rows<T> rows(
      String task, String name, Dataset<Row> table, RowRule<T> rule, boolean sorted) {
    List<String> present = Arrays.asList(table.columns());
    String problem = ColumnCheck.problem(task, name, present, rule);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    TableColumns selection = TableColumns.of(table.schema(), rule);
    // by their places, since a session may take names that differ by case for the same
    Dataset<Row> placed =
        table.toDF(
            IntStream.range(0, present.size()).mapToObj(Integer::toString).toArray(String[]::new));
    List<Column> columns = new ArrayList<>();
    for (String column : selection.names()) {
      int place = present.indexOf(column);
      columns.add(
          ColumnTypes.shown(
                  TableColumns.column("" + place), table.schema().fields()[place].dataType())
              .as("value" + columns.size()));
    }
    Dataset<Row> selected = placed.select(columns.toArray(Column[]::new));
    Column[] all = Stream.of(selected.columns()).map(functions::col).toArray(Column[]::new);
    JavaRDD<ReadRow<T>> rows =
        (sorted ? selected.orderBy(all) : selected)
            .javaRDD()
            .zipWithIndex()
            .map(row -> selection.read(row._1(), 0, name, row._2() + 1, rule));
    Map<String, DataType> types = new LinkedHashMap<>();
    for (StructField field : table.schema().fields()) {
      types.put(field.name(), field.dataType());
    }
    return new RowFormat.Rows<>(rows, types);
  }
}
