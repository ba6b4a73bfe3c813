package io.github.cola4j.spark.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Reads a task's rows on the executors, a file a Spark task, in the order of path and line;
 * Parquet, which Spark splits, comes after the text formats, sorted by path and row.
 */
public final class ExampleReader {
  private ExampleReader() {}

  /**
   * Reads examples. The files' columns are checked and all rows read once before this returns; they
   * stay persisted until the result is closed.
   *
   * @param spark the session to read on
   * @param taskName the task, for messages
   * @param paths files, folders or globs of {@code .jsonl}, {@code .ndjson}, {@code .json}, {@code
   *     .csv}, {@code .tsv} (all also with {@code .gz}) or {@code .parquet}
   * @param columns which columns make an example
   * @param labelled whether a row needs a label; if not, the label's column is not looked at
   * @throws IllegalArgumentException if a path names nothing, a file lacks a column, or a file
   *     cannot be read to its end
   */
  public static ExampleRows read(
      SparkSession spark, String taskName, List<String> paths, Columns columns, boolean labelled) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    SerializableConfiguration conf = new SerializableConfiguration(context.hadoopConfiguration());
    RowRule rule = new RowRule(columns, labelled);
    List<DataFile> files;
    try {
      files = DataFile.list(taskName, paths, conf.value());
    } catch (IOException e) {
      throw new UncheckedIOException("task '" + taskName + "': cannot list " + paths, e);
    }
    checkColumns(context, taskName, files, rule, conf);

    List<DataFile> texts = new ArrayList<>(files);
    texts.removeIf(file -> file.format() == DataFile.Format.PARQUET);
    List<DataFile> tables = new ArrayList<>(files);
    tables.removeAll(texts);
    JavaRDD<ReadRow> rows = context.emptyRDD();
    if (!texts.isEmpty()) {
      rows =
          context
              .parallelize(texts, texts.size())
              .flatMap(file -> RowSource.iterate(open(file, rule, conf.value())));
    }
    if (!tables.isEmpty()) {
      JavaRDD<ReadRow> tableRows = parquet(spark, tables, rule);
      rows = texts.isEmpty() ? tableRows : rows.union(tableRows);
    }
    return ExampleRows.of(taskName, rows);
  }

  private static void checkColumns(
      JavaSparkContext context,
      String task,
      List<DataFile> files,
      RowRule rule,
      SerializableConfiguration conf) {
    if (files.isEmpty()) {
      return;
    }
    List<String> problems =
        context
            .parallelize(files, Math.min(files.size(), context.defaultParallelism()))
            .map(file -> ColumnCheck.problem(task, file, rule, conf.value()))
            .filter(problem -> problem != null)
            .collect();
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(problems.get(0));
    }
  }

  private static RowSource open(DataFile file, RowRule rule, Configuration conf)
      throws IOException {
    return switch (file.format()) {
      case JSON_LINES, JSON -> new JsonRows(file, rule, conf);
      case CSV, TSV -> new CsvRows(file, rule, conf);
      case PARQUET -> throw new IllegalStateException("Spark reads " + file.name());
    };
  }

  private static JavaRDD<ReadRow> parquet(SparkSession spark, List<DataFile> files, RowRule rule) {
    List<String> names = List.copyOf(rule.columns().required(rule.labelled()).values());
    List<Column> selected = new ArrayList<>();
    selected.add(functions.col("_metadata.file_path").as("file"));
    selected.add(functions.col("_metadata.row_index").as("row"));
    for (int i = 0; i < names.size(); i++) {
      selected.add(functions.col("`" + names.get(i).replace("`", "``") + "`").as("value" + i));
    }
    return spark
        .read()
        .parquet(files.stream().map(DataFile::path).toArray(String[]::new))
        .select(selected.toArray(Column[]::new))
        .orderBy("file", "row")
        .javaRDD()
        .map(row -> row(row, names, rule));
  }

  private static ReadRow row(Row row, List<String> names, RowRule rule) {
    return rule.apply(
        DataFile.name(new Path(URI.create(row.getString(0))).toString()),
        row.getLong(1) + 1,
        name -> text(row, names.indexOf(name) + 2),
        "is null",
        () -> row.mkString(", "));
  }

  private static Object text(Row row, int index) {
    if (row.isNullAt(index)) {
      return null;
    }
    DataType type = row.schema().fields()[index].dataType();
    boolean text =
        !(type instanceof ArrayType
            || type instanceof MapType
            || type instanceof StructType
            || type instanceof BinaryType);
    return text
        ? row.get(index).toString()
        : new RowRule.WrongType("of type " + type.simpleString());
  }
}
