package io.github.cola4j.spark.output;

import io.github.cola4j.spark.data.file.ExactSession;
import io.github.cola4j.spark.data.format.TableColumns;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Lines of JSON as a table, which executors write: the fields of ours with their types,
 * probabilities as a map, and the columns of the rows with the types that their tables have, those
 * of text files with the types that Spark's reader of JSON finds.
 */
public final class LinesTable {
  private final Dataset<Row> table;

  /**
   * A table.
   *
   * @param types of the rows' columns, as far as their tables have them
   */
  public LinesTable(SparkSession spark, OutputLines lines, Map<String, DataType> types) {
    SparkSession exact = ExactSession.of(spark);
    // a time is written as its Java object shows it
    exact.conf().set("spark.sql.session.timeZone", TimeZone.getDefault().getID());
    Dataset<String> json = exact.createDataset(lines.rdd().rdd(), Encoders.STRING());
    List<String> names = LineFields.names(lines.rdd());
    Map<String, DataType> all = types(names, types, exact.read().json(json).schema());
    StructType read = new StructType();
    for (String name : names) {
      read = read.add(name, isTime(all.get(name)) ? DataTypes.StringType : all.get(name));
    }
    Column[] columns =
        names.stream().map(name -> column(name, all.get(name))).toArray(Column[]::new);
    this.table = exact.read().schema(read).option("mode", "FAILFAST").json(json).select(columns);
  }

  private static Column column(String name, DataType type) {
    Column column = TableColumns.column(name);
    return isTime(type) ? column.cast(type).as(name) : column;
  }

  private static Map<String, DataType> types(
      List<String> names, Map<String, DataType> known, StructType found) {
    Map<String, DataType> types = new LinkedHashMap<>();
    for (StructField field : found.fields()) {
      types.put(
          field.name(),
          field.dataType() instanceof NullType ? DataTypes.StringType : field.dataType());
    }
    names.stream().filter(known::containsKey).forEach(name -> types.put(name, known.get(name)));
    DataType label = types.get(LineFields.LABEL);
    types.putAll(LineFields.OURS);
    if (label instanceof ArrayType) {
      types.put(LineFields.LABEL, DataTypes.createArrayType(DataTypes.StringType));
    } else if (label instanceof NumericType) {
      types.put(LineFields.LABEL, DataTypes.DoubleType);
    }
    return types;
  }

  private static boolean isTime(DataType type) {
    return type.equals(DataTypes.DateType)
        || type.equals(DataTypes.TimestampType)
        || type.equals(DataTypes.TimestampNTZType);
  }

  /** Writes Parquet files to a folder, which has none. */
  public void writeParquet(String uri) {
    table.write().mode(SaveMode.Append).parquet(uri);
  }

  /**
   * Writes a table of the catalog.
   *
   * @param overwrite whether one of this name is replaced
   */
  public void saveAsTable(String name, boolean overwrite) {
    DataFrameWriter<Row> writer = table.write();
    writer.mode(overwrite ? SaveMode.Overwrite : SaveMode.ErrorIfExists).saveAsTable(name);
  }
}
