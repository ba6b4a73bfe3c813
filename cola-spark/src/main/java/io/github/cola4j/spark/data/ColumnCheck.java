package io.github.cola4j.spark.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.Type;

/**
 * Looks at files before they are read: finds the column that a job names and a file does not have:
 * a mistake in the job, where one row without it is one in the data.
 */
final class ColumnCheck {
  /** JSON objects looked at; their keys together are the file's columns. */
  private static final int OBJECTS = 100;

  private static final int SHOWN = 20;

  private ColumnCheck() {}

  /** A file's columns and encoding. */
  static FileCheck of(String task, DataFile file, RowRule<?> rule, Configuration conf)
      throws IOException {
    Collection<String> present = columns(file, rule, conf);
    String problem = present.isEmpty() ? null : problem(task, file.name(), present, rule);
    return new FileCheck(problem, problem == null ? file.notice(conf) : null);
  }

  /** What is wrong with the columns of a file or table, or null. */
  static String problem(String task, String file, Collection<String> present, RowRule<?> rule) {
    for (Map.Entry<String, String> column : rule.required(present).entrySet()) {
      if (!present.contains(column.getValue())) {
        return message(task, file, column.getValue(), present, rule.mend(column.getKey()));
      }
    }
    return null;
  }

  private static String message(
      String task, String file, String column, Collection<String> present, String mend) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String nearest =
        present.stream()
            .min(Comparator.comparingInt(name -> distance.apply(name, column)))
            .orElseThrow();
    List<String> shown = new ArrayList<>(present.stream().limit(SHOWN).toList());
    if (present.size() > SHOWN) {
      shown.add("… (" + present.size() + " columns)");
    }
    return String.format(
        "task '%s': column '%s' is not in %s; it has %s (nearest: %s); %s",
        task, column, file, String.join(", ", shown), nearest, mend);
  }

  /** The columns of a file; none where it has no row to tell. */
  private static Collection<String> columns(DataFile file, RowRule<?> rule, Configuration conf)
      throws IOException {
    return switch (file.format()) {
      case JSON_LINES, JSON -> {
        try (JsonRows<?> rows = new JsonRows<>(file, rule, conf)) {
          yield rows.keys(OBJECTS);
        }
      }
      case CSV, TSV -> {
        try (CsvRows<?> rows = new CsvRows<>(file, rule, conf)) {
          yield rows.header();
        }
      }
      case PARQUET -> {
        try (ParquetFileReader reader =
            ParquetFileReader.open(HadoopInputFile.fromPath(new Path(file.path()), conf))) {
          yield reader.getFileMetaData().getSchema().getFields().stream()
              .map(Type::getName)
              .toList();
        }
      }
    };
  }
}
