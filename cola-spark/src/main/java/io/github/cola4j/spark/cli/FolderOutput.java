package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.job.InvalidJobException;
import io.github.cola4j.spark.job.OutputFolder;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** A folder that a command writes: it appears whole, or not at all. */
final class FolderOutput {
  @Option(
      names = "--output",
      required = true,
      paramLabel = "FOLDER",
      description = "Where to write.")
  private Path output;

  @Option(names = "--overwrite", description = "Replaces what the folder has.")
  private boolean overwrite;

  Path folder() {
    return output;
  }

  /**
   * Refuses a folder that is taken, or that holds what is read.
   *
   * @param sources folders that are read
   */
  void requireFree(Path... sources) {
    OutputFolder.requireFree(output, overwrite);
    Path target = output.toAbsolutePath().normalize();
    for (Path source : sources) {
      Path absolute = source.toAbsolutePath().normalize();
      if (absolute.startsWith(target) || target.startsWith(absolute)) {
        throw new InvalidJobException(
            "output " + output + " and " + source + " lie in each other; name another folder",
            null);
      }
    }
  }

  OutputFolder create() {
    return OutputFolder.create(output, overwrite);
  }
}
