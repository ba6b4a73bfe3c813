package io.github.cola4j.spark.cli.output;

import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.output.LinesTable;
import io.github.cola4j.spark.output.OutputFormat;
import io.github.cola4j.spark.output.OutputLines;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;

/**
 * A table of Spark's catalog, which executors write. It is not there before all is computed; bad
 * rows are rows of it or nowhere.
 *
 * @param output {@code table:} and the table's name
 * @param overwrite whether a table that is there is replaced
 */
public record TableOutput(String output, boolean overwrite) implements PredictionOutput {
  @Override
  public void requireFree(List<String> data, String adapter) {
    if (data.stream().anyMatch(output::equalsIgnoreCase)) {
      throw new InvalidJobException("output " + output + " is read too; name another table", null);
    }
  }

  private String name() {
    return output.substring(OutputFormat.TABLE_PREFIX.length());
  }

  @Override
  public Claimed claim() {
    return new Place();
  }

  private final class Place implements Claimed {
    @Override
    public void require(SparkSession spark) {
      if (!overwrite && spark.catalog().tableExists(name())) {
        throw new InvalidJobException(
            "output " + output + " exists; name another table, or allow --overwrite", null);
      }
    }

    @Override
    public void write(SparkSession spark, OutputLines lines, Map<String, DataType> types) {
      new LinesTable(spark, lines, types).saveAsTable(name(), overwrite);
      spark.catalog().refreshTable(name()); // it may have read the one before
    }

    @Override
    public String writeBad(Iterator<BadRow> rows, long count) {
      return output + ", where bad is not null";
    }

    @Override
    public void publish() {}

    @Override
    public void close() {}
  }
}
