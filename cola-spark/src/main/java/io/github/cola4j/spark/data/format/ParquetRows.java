package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.file.ExactSession;
import io.github.cola4j.spark.data.file.HadoopSettings;
import io.github.cola4j.spark.data.row.FolderRule;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of Parquet files, sorted by path and row. Spark reads them by a schema of the columns
 * needed alone, made from each file's footer, in a session of its own whose names are exact.
 */
final class ParquetRows {
  /** What decides which type of Spark's a column has. */
  private static final List<String> TYPE_SETTINGS =
      List.of(
          "spark.sql.caseSensitive",
          "spark.sql.parquet.binaryAsString",
          "spark.sql.parquet.int96AsTimestamp",
          "spark.sql.parquet.inferTimestampNTZ.enabled");

  private final String task;
  private final List<ParquetFooter> footers;

  /** The columns read with their types in the files, each with the first file that has it. */
  private final Map<String, Map<DataType, DataFile>> types = new LinkedHashMap<>();

  private ParquetRows(String task, List<ParquetFooter> footers) {
    this.task = task;
    this.footers = footers;
    for (ParquetFooter footer : footers) {
      footer
          .types()
          .forEach(
              (column, type) -> {
                Map<DataType, DataFile> found =
                    types.computeIfAbsent(column, name -> new LinkedHashMap<>());
                if (type != null) {
                  found.putIfAbsent(type, footer.file());
                }
              });
    }
  }

  /**
   * Reads files, whose footers are looked at first.
   *
   * @throws IllegalArgumentException if a file lacks a column, or files do not go together
   */
  static <T extends Serializable> RowFormat.Rows<T> read(
      SparkSession spark, String task, List<DataFile> files, RowRule<T> rule, HadoopSettings conf) {
    SparkSession exact = ExactSession.of(spark);
    ParquetRows rows = new ParquetRows(task, footers(exact, task, files, rule, conf));
    Set<String> needed = new LinkedHashSet<>(rule.required(rows.types.keySet()).values());
    needed.addAll(rule.optional());
    rows.types.forEach(
        (column, found) -> {
          if (needed.contains(column)) { // others are only given back
            rows.requireOneForm(column, found);
          }
        });
    return new RowFormat.Rows<>(rows.read(exact, rule), rows.singleTypes());
  }

  private static List<ParquetFooter> footers(
      SparkSession spark, String task, List<DataFile> files, RowRule<?> rule, HadoopSettings conf) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Map<String, String> settings = new HashMap<>();
    for (String key : TYPE_SETTINGS) {
      settings.put(key, spark.conf().get(key));
    }
    List<ParquetFooter> footers =
        context
            .parallelize(files, Math.min(files.size(), context.defaultParallelism()))
            .map(file -> ParquetFooter.of(task, file, rule, settings, conf.value()))
            .collect();
    footers.stream()
        .map(ParquetFooter::problem)
        .filter(Objects::nonNull)
        .findFirst()
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(problem);
            });
    return footers;
  }

  /** Refuses a column whose values would be written differently from file to file. */
  private void requireOneForm(String column, Map<DataType, DataFile> found) {
    List<Map.Entry<DataType, DataFile>> all = List.copyOf(found.entrySet());
    for (Map.Entry<DataType, DataFile> other : all) {
      DataType first = all.get(0).getKey();
      if (!ColumnTypes.sameForm(first, other.getKey())) {
        throw new IllegalArgumentException(
            String.format(
                "task '%s': column '%s' is of type %s in %s and of type %s in %s, and one value"
                    + " could be written in two ways, as 0 and 0.0; write the files with one type",
                task,
                column,
                first.simpleString(),
                all.get(0).getValue().name(),
                other.getKey().simpleString(),
                other.getValue().name()));
      }
    }
  }

  private <T extends Serializable> JavaRDD<ReadRow<T>> read(SparkSession spark, RowRule<T> rule) {
    List<String> names = names(rule);
    StructType schema = new StructType();
    for (String name : names) {
      schema = schema.add(name, type(name));
    }
    TableColumns selection = TableColumns.of(schema, names, List.of());
    Map<Map<String, DataType>, List<DataFile>> groups = new LinkedHashMap<>();
    Map<String, List<String>> remarks = new HashMap<>();
    Map<String, Map<String, String>> folders = new HashMap<>();
    for (ParquetFooter footer : footers) {
      groups.computeIfAbsent(footer.types(), like -> new ArrayList<>()).add(footer.file());
      if (!footer.remarks().isEmpty()) {
        remarks.put(footer.file().name(), footer.remarks());
      }
      if (!footer.folders().isEmpty()) {
        folders.put(footer.file().name(), footer.folders());
      }
    }
    List<Dataset<Row>> tables = new ArrayList<>();
    groups.forEach((like, files) -> tables.add(table(spark, names, like, files)));
    return tables.stream()
        .reduce(Dataset::union)
        .orElseThrow()
        .orderBy("file", "row")
        .javaRDD()
        .map(
            row -> {
              String file = DataFile.name(new Path(URI.create(row.getString(0))).toString());
              Map<String, String> added = folders.getOrDefault(file, Map.of());
              ReadRow<T> read =
                  selection.read(
                      row,
                      2,
                      file,
                      row.getLong(1) + 1,
                      added.isEmpty() ? rule : new FolderRule<>(rule, added));
              return read.plus(remarks.getOrDefault(file, List.of()));
            });
  }

  /** The types of the columns that have one in all files. */
  private Map<String, DataType> singleTypes() {
    Map<String, DataType> single = new LinkedHashMap<>();
    types.forEach(
        (column, found) -> {
          if (found.size() == 1) {
            single.put(column, type(column));
          }
        });
    return single;
  }

  /** The columns read, in the order of the rule. */
  private List<String> names(RowRule<?> rule) {
    Set<String> names = new LinkedHashSet<>(rule.required(types.keySet()).values());
    names.addAll(rule.optional());
    names.retainAll(types.keySet());
    names.addAll(types.keySet());
    return List.copyOf(names);
  }

  /** The type of a column's values: of several, that of the first file. */
  private DataType type(String column) {
    return types.get(column).keySet().stream().findFirst().orElse(DataTypes.StringType);
  }

  /**
   * Files whose columns have the same types: where and in which row something is, and its values.
   */
  private Dataset<Row> table(
      SparkSession spark, List<String> names, Map<String, DataType> like, List<DataFile> files) {
    StructType schema = new StructType();
    for (String name : names) {
      if (like.get(name) != null) {
        schema = schema.add(name, like.get(name));
      }
    }
    Dataset<Row> table =
        spark
            .read()
            .schema(schema)
            .parquet(files.stream().map(file -> escaped(file.path())).toArray(String[]::new));
    Column metadata = table.metadataColumn("_metadata");
    List<Column> columns = new ArrayList<>();
    columns.add(metadata.getField("file_path").as("file"));
    columns.add(metadata.getField("row_index").as("row"));
    for (int i = 0; i < names.size(); i++) {
      DataType type = like.get(names.get(i));
      DataType all = type(names.get(i));
      Column column =
          type == null
              ? functions.lit(null).cast(ColumnTypes.shownType(all))
              : ColumnTypes.shown(TableColumns.column(names.get(i)), type);
      boolean mixed = types.get(names.get(i)).size() > 1;
      columns.add((mixed ? column.cast("string") : column).as("value" + i));
    }
    return table.select(columns.toArray(Column[]::new));
  }

  /** A path in which Spark finds no glob. */
  private static String escaped(String path) {
    return path.replaceAll("[\\[\\]{}*?\\\\]", "\\\\$0");
  }
}
