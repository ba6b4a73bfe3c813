package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.file.HadoopSettings;
import io.github.cola4j.spark.data.row.FileCheck;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.RowSource;
import java.io.IOException;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;

/**
 * How files of some endings hold rows: {@link ByFile}, an open file after the other, or {@link
 * BySpark}, by a reader of Spark's own. {@link java.util.ServiceLoader} finds it: a class with a
 * public constructor of no arguments, and its name in {@code
 * META-INF/services/io.github.cola4j.spark.data.format.RowFormat} of the same jar. It travels to
 * the executors.
 */
public sealed interface RowFormat extends Serializable {

  /** What messages call it. */
  String name();

  /** The endings of its files, in lower case and without the dot; no other format has them. */
  List<String> endings();

  /** A format whose files are read from their beginning to their end by one Spark task each. */
  non-sealed interface ByFile extends RowFormat {
    /**
     * The columns of a file; none where it has no row to tell.
     *
     * @throws io.github.cola4j.spark.data.file.DamagedFileException if it cannot be read
     */
    Collection<String> columns(Input<?> input) throws IOException;

    /**
     * A look at a file before it is read: whether it has the columns, and what its user should know
     * of it. This one is for text.
     */
    default FileCheck check(Input<?> input) throws IOException {
      Collection<String> present = columns(input);
      String problem =
          present.isEmpty()
              ? null
              : ColumnCheck.problem(input.task(), input.file().name(), present, input.rule());
      return new FileCheck(problem, problem == null ? input.file().notice(input.conf()) : null);
    }

    /** The rows of a file, each as what {@link RowRule#read} makes of it or as a bad row. */
    <T extends Serializable> RowSource<T> open(Input<T> input) throws IOException;
  }

  /** A format that Spark reads, which may split its files. */
  non-sealed interface BySpark extends RowFormat {
    /**
     * The rows of some files, sorted by path and row.
     *
     * @throws IllegalArgumentException if a file lacks a column, or files do not go together
     */
    <T extends Serializable> Rows<T> read(
        SparkSession spark,
        String task,
        List<DataFile> files,
        RowRule<T> rule,
        HadoopSettings conf);
  }

  /**
   * Rows that were read.
   *
   * @param <T> what examples are
   * @param types of the columns that have one type in all files, by name
   */
  record Rows<T extends Serializable>(JavaRDD<ReadRow<T>> rows, Map<String, DataType> types) {}

  /**
   * A file to be read.
   *
   * @param <T> what examples are
   * @param task for messages
   * @param csv how separated values are written
   * @param rule when a row is an example, and which
   */
  record Input<T extends Serializable>(
      String task, DataFile file, CsvConfig csv, RowRule<T> rule, Configuration conf) {}
}
