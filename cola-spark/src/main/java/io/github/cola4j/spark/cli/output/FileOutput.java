package io.github.cola4j.spark.cli.output;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.job.output.Inputs;
import io.github.cola4j.spark.job.output.OutputFile;
import io.github.cola4j.spark.output.CsvLines;
import io.github.cola4j.spark.output.OutputFormat;
import io.github.cola4j.spark.output.OutputLines;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;

/**
 * A file of JSON lines or comma-separated values, and bad rows beside it; or a device, which gets
 * the lines as they come and no bad rows.
 *
 * @param file a path of the driver's disk, or the URI of a file system
 * @param overwrite whether a file that is there is replaced
 */
public record FileOutput(String file, OutputFormat format, boolean overwrite)
    implements PredictionOutput {

  @Override
  public void requireFree(List<String> data, String adapter) {
    if (!OutputFile.isSpecial(file) && !OutputFile.isFolder(file)) {
      List<String> read = new ArrayList<>(data);
      read.add(adapter);
      Inputs inputs = new Inputs(read);
      inputs.requireNot(file);
      inputs.requireNot(file + OutputFile.BAD);
    }
    OutputFile.requireFree(file, overwrite);
  }

  @Override
  public Claimed claim() {
    return new Place(OutputFile.claim(file, overwrite));
  }

  private final class Place implements Claimed {
    private final OutputFile claimed;

    Place(OutputFile claimed) {
      this.claimed = claimed;
    }

    @Override
    public void write(SparkSession spark, OutputLines lines, Map<String, DataType> types)
        throws IOException {
      AtomicFile.writeText(
          claimed.lines(),
          out -> {
            if (format == OutputFormat.CSV) {
              CsvLines.write(lines, out);
              return;
            }
            for (Iterator<String> rest = lines.iterator(); rest.hasNext(); ) {
              out.write(rest.next());
              out.write('\n');
            }
          });
    }

    @Override
    public String writeBad(Iterator<BadRow> rows, long count) throws IOException {
      if (claimed.bad() == null) {
        return "not kept, since " + file + " is a device";
      }
      Quarantine.write(claimed.bad(), rows);
      return file + OutputFile.BAD;
    }

    @Override
    public void publish() throws IOException {
      claimed.publish();
    }

    @Override
    public void close() {
      claimed.close();
    }
  }
}
