package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.file.HadoopSettings;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Parquet. */
public final class ParquetFormat implements RowFormat.BySpark {
  private static final long serialVersionUID = 1;

  @Override
  public String name() {
    return "Parquet";
  }

  @Override
  public List<String> endings() {
    return List.of("parquet");
  }

  @Override
  public <T extends Serializable> Rows<T> read(
      SparkSession spark, String task, List<DataFile> files, RowRule<T> rule, HadoopSettings conf) {
    return ParquetRows.read(spark, task, files, rule, conf);
  }
}
