package io.github.cola4j.spark.cli.output;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.claim.ClaimedFolder;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.job.output.LocalInputs;
import io.github.cola4j.spark.job.output.OutputPath;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.output.CsvLines;
import io.github.cola4j.spark.output.OutputFormat;
import io.github.cola4j.spark.output.OutputLines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
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
 * @param overwrite whether a file that is there is replaced
 */
public record FileOutput(Path file, OutputFormat format, boolean overwrite)
    implements PredictionOutput {
  private static final String BAD = ".bad.jsonl";

  @Override
  public void requireFree(List<String> data, String adapter) {
    OutputPath.requireLocal(file.toString());
    OutputPath.requireLinked(file);
    if (Files.isDirectory(file)) {
      throw new InvalidJobException("output " + file + " is a folder; name a file", null);
    }
    if (AtomicFile.isSpecial(file)) {
      return;
    }
    List<String> read = new ArrayList<>(data);
    read.add(adapter);
    LocalInputs inputs = new LocalInputs(read);
    inputs.requireNot(file);
    inputs.requireNot(bad(file));
    requireReplaceable();
  }

  private void requireReplaceable() {
    if (Files.exists(file) && !overwrite) {
      throw new InvalidJobException(
          "output " + file + " exists; name another file, or allow --overwrite", null);
    }
    Path bad = bad(file);
    if (Files.exists(bad, LinkOption.NOFOLLOW_LINKS) && !Quarantine.isOne(bad)) {
      throw new InvalidJobException(
          String.format(
              "output %s: bad rows would go to %s, which has something else; move that away, or"
                  + " name another file",
              file, bad),
          null);
    }
  }

  private static Path bad(Path file) {
    return file.resolveSibling(file.getFileName() + BAD);
  }

  @Override
  public Claimed claim() {
    if (AtomicFile.isSpecial(file)) {
      return new Device();
    }
    Place place;
    try {
      place = new Place(ClaimedFolder.of(OutputPath.real(file)));
    } catch (ClaimedException e) {
      throw new InvalidJobException(e.getMessage(), e);
    } catch (IOException e) {
      throw OutputPath.unwritable(file, e);
    }
    try {
      place.claimed.deleteLeft();
      requireReplaceable();
      return place;
    } catch (InvalidJobException e) {
      place.close();
      throw e;
    } catch (IOException e) {
      place.close();
      throw OutputPath.unwritable(file, e);
    }
  }

  private void write(OutputLines lines, Path to) throws IOException {
    AtomicFile.writeText(
        to,
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

  private final class Device implements Claimed {
    @Override
    public void write(SparkSession spark, OutputLines lines, Map<String, DataType> types)
        throws IOException {
      FileOutput.this.write(lines, file);
    }

    @Override
    public void writeBad(Iterator<BadRow> rows, long count) {
      if (count > 0) {
        System.err.printf("%d bad rows, which are not kept: %s is a device%n", count, file);
      }
    }

    @Override
    public void publish() {}

    @Override
    public void close() {}
  }

  private final class Place implements Claimed {
    private final ClaimedFolder claimed;

    Place(ClaimedFolder claimed) {
      this.claimed = claimed;
    }

    private Path lines() {
      return claimed.path().resolve("lines");
    }

    private Path badLines() {
      return claimed.path().resolve("bad");
    }

    @Override
    public void write(SparkSession spark, OutputLines lines, Map<String, DataType> types)
        throws IOException {
      FileOutput.this.write(lines, lines());
    }

    @Override
    public void writeBad(Iterator<BadRow> rows, long count) throws IOException {
      if (count > 0) {
        Quarantine.write(badLines(), rows);
        System.out.printf("%d bad rows: %s%n", count, bad(claimed.target()));
      }
    }

    /** Where there are no bad rows, those of an earlier run are removed. */
    @Override
    public void publish() throws IOException {
      Path target = claimed.target();
      boolean hasBad = Files.exists(badLines());
      if (hasBad) {
        AtomicFile.move(badLines(), bad(target));
      }
      AtomicFile.move(lines(), target);
      if (!hasBad && Quarantine.isOne(bad(target))) {
        Files.delete(bad(target));
      }
    }

    @Override
    public void close() {
      try {
        claimed.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot delete " + claimed.path(), e);
      }
    }
  }
}
