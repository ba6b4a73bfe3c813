package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.claim.ClaimedFolder;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.job.output.LocalInputs;
import io.github.cola4j.spark.job.output.OutputPath;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Option;

/**
 * Where predictions go: a file of JSON lines that appears completely or not at all, and bad rows
 * beside it; or a device, which gets the lines as they come and no bad rows.
 */
public final class OutputOptions {
  private static final String BAD = ".bad.jsonl";

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description =
          "Where to write a JSON object for each row: text, pair, label, probability and"
              + " probabilities; of a"
              + " language model the prompt's fields and answer; then row, file, line, what is bad,"
              + " and the row's columns.")
  private Path output;

  @Option(names = "--overwrite", description = "Replaces the output file.")
  private boolean overwrite;

  private ClaimedFolder claimed; // null for none: a device

  public Path file() {
    return output;
  }

  /**
   * Refuses a place where the file cannot go.
   *
   * @param data what is read; the file may not be among it
   * @param adapter the folder of the adapter, or of several
   */
  public void requireFree(List<String> data, Path adapter) {
    OutputPath.requireLocal(output.toString());
    OutputPath.requireLinked(output);
    if (Files.isDirectory(output)) {
      throw new InvalidJobException("output " + output + " is a folder; name a file", null);
    }
    if (AtomicFile.isSpecial(output)) {
      return;
    }
    List<String> read = new ArrayList<>(data);
    read.add(adapter.toString());
    LocalInputs inputs = new LocalInputs(read);
    inputs.requireNot(output);
    inputs.requireNot(bad(output));
    requireReplaceable();
  }

  private void requireReplaceable() {
    if (Files.exists(output) && !overwrite) {
      throw new InvalidJobException(
          "output " + output + " exists; name another file, or allow --overwrite", null);
    }
    Path bad = bad(output);
    if (Files.exists(bad, LinkOption.NOFOLLOW_LINKS) && !Quarantine.isOne(bad)) {
      throw new InvalidJobException(
          String.format(
              "output %s: bad rows would go to %s, which has something else; move that away, or"
                  + " name another file",
              output, bad),
          null);
    }
  }

  private static Path bad(Path file) {
    return file.resolveSibling(file.getFileName() + BAD);
  }

  /** A file that this process alone writes; it is there after {@link #publish}. */
  public interface Claimed extends AutoCloseable {
    /** Puts the file in its place, and bad rows beside it. */
    void publish() throws IOException;

    @Override
    void close() throws IOException;
  }

  /**
   * Takes the place.
   *
   * @throws InvalidJobException if another run has it, or nothing can be written there
   */
  public Claimed claim() {
    if (!AtomicFile.isSpecial(output)) {
      try {
        claimed = ClaimedFolder.of(OutputPath.real(output));
        claimed.deleteLeft();
        requireReplaceable();
      } catch (ClaimedException e) {
        throw new InvalidJobException(e.getMessage(), e);
      } catch (InvalidJobException e) {
        close();
        throw e;
      } catch (IOException e) {
        close();
        throw OutputPath.unwritable(output, e);
      }
    }
    return new Claimed() {
      @Override
      public void publish() throws IOException {
        OutputOptions.this.publish();
      }

      @Override
      public void close() {
        OutputOptions.this.close();
      }
    };
  }

  private void close() {
    if (claimed != null) {
      try {
        claimed.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot delete " + claimed.path(), e);
      }
    }
  }

  private Path lines() {
    return claimed.path().resolve("lines");
  }

  private Path badLines() {
    return claimed.path().resolve("bad");
  }

  /** Writes a line for each. */
  public <T> void write(Iterator<T> rows, Function<T, String> line) throws IOException {
    AtomicFile.writeText(
        claimed == null ? output : lines(),
        lines -> {
          while (rows.hasNext()) {
            lines.write(line.apply(rows.next()));
            lines.write('\n');
          }
        });
  }

  /** Writes bad rows, which go beside the file. */
  public void writeBad(Iterator<BadRow> rows, long count) throws IOException {
    if (count > 0 && claimed == null) {
      System.err.printf("%d bad rows, which are not kept: %s is a device%n", count, output);
    } else if (count > 0) {
      Quarantine.write(badLines(), rows);
      System.out.printf("%d bad rows: %s%n", count, bad(claimed.target()));
    }
  }

  /** Where there are no bad rows, those of an earlier run are removed. */
  private void publish() throws IOException {
    if (claimed == null) {
      return;
    }
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
}
