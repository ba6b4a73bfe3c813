package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.data.BadRow;
import io.github.cola4j.spark.data.Quarantine;
import io.github.cola4j.spark.data.Surrogates;
import io.github.cola4j.spark.job.InvalidJobException;
import io.github.cola4j.spark.job.OutputFolder;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** Where predictions go: a file of JSON lines that appears whole, and bad rows beside it. */
final class OutputOptions {
  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description =
          "Where to write a JSON object a row: text, pair, label and probability; of a language"
              + " model the prompt's fields and answer.")
  private Path output;

  @Option(names = "--overwrite", description = "Replaces the output file.")
  private boolean overwrite;

  Path file() {
    return output;
  }

  /** Refuses a place where the file cannot go. */
  void requireFree() {
    OutputFolder.requireLocal(output.toString());
    if (Files.isDirectory(output)) {
      throw new InvalidJobException("output " + output + " is a folder; name a file", null);
    }
    if (Files.exists(output) && !overwrite) {
      throw new InvalidJobException(
          "output " + output + " exists; name another file, or allow --overwrite", null);
    }
  }

  /** Writes a line for each; returns how many. */
  <T> long write(Iterator<T> rows, Function<T, JsonNode> line) throws IOException {
    JsonMapper mapper = new JsonMapper();
    Path absolute = output.toAbsolutePath();
    Files.createDirectories(absolute.getParent());
    Path aside = absolute.resolveSibling(absolute.getFileName() + ".tmp");
    long count = 0;
    try {
      try (BufferedWriter lines = Files.newBufferedWriter(aside)) {
        while (rows.hasNext()) {
          lines.write(Surrogates.repaired(mapper.writeValueAsString(line.apply(rows.next()))));
          lines.newLine();
          count++;
        }
      }
      Files.move(aside, absolute, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(aside);
    }
    return count;
  }

  /** Writes bad rows beside the file; where there are none, removes those of an earlier run. */
  void writeBad(Iterator<BadRow> rows, long count) throws IOException {
    Path bad = output.resolveSibling(output.getFileName() + ".bad.jsonl");
    if (count == 0) {
      Files.deleteIfExists(bad);
    } else {
      Quarantine.write(bad, rows);
      System.out.printf("%d bad rows: %s%n", count, bad);
    }
  }
}
