package io.github.cola4j.spark.cli.output;

import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.job.output.Inputs;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.output.LinesTable;
import io.github.cola4j.spark.output.OutputLines;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;

/**
 * A folder of Parquet files, which executors write; bad rows are in it as a file that Spark does
 * not read.
 *
 * @param folder a path of the driver's disk, or the URI of a file system
 * @param overwrite whether an earlier folder of Spark's is replaced
 */
public record ParquetOutput(String folder, boolean overwrite) implements PredictionOutput {
  /** What Spark's writers leave when all is written. */
  private static final List<String> MARKS = List.of("_SUCCESS");

  private static final String BAD = "_bad.jsonl";

  @Override
  public void requireFree(List<String> data, String adapter) {
    List<String> read = new ArrayList<>(data);
    read.add(adapter);
    new Inputs(read).requireApart(folder);
    Output.requireFree(folder, overwrite, MARKS);
  }

  @Override
  public Claimed claim() {
    return new Place(Output.create(folder, overwrite, MARKS));
  }

  private final class Place implements Claimed {
    private final Output output;

    Place(Output output) {
      this.output = output;
    }

    @Override
    public void require(SparkSession spark) {
      String master = spark.sparkContext().master();
      if (!Locations.hasScheme(folder) && !master.startsWith("local")) {
        throw new InvalidJobException(
            String.format(
                "output %s is a folder of the driver's machine, where the executors of %s cannot"
                    + " write; name one that all see, such as hdfs://…, s3a://… or, of a disk that"
                    + " is mounted everywhere, file:/…; or write .jsonl or .csv, which the driver"
                    + " does",
                folder, master),
            null);
      }
    }

    @Override
    public void write(SparkSession spark, OutputLines lines, Map<String, DataType> types) {
      new LinesTable(spark, lines, types).writeParquet(output.shared());
    }

    @Override
    public String writeBad(Iterator<BadRow> rows, long count) throws IOException {
      Quarantine.write(output.path().resolve(BAD), rows);
      return folder + "/" + BAD;
    }

    @Override
    public void publish() {
      output.commit();
    }

    @Override
    public void close() {
      output.close();
    }
  }
}
