package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.job.output.LocalInputs;
import io.github.cola4j.spark.job.output.OutputFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/**
 * A folder that a command writes: it appears completely or not at all, and has a description in it.
 */
public final class FolderOutput {
  @Option(
      names = "--output",
      required = true,
      paramLabel = "FOLDER",
      description = "Where to write.")
  private Path output;

  @Option(names = "--overwrite", description = "Replaces what the folder has.")
  private boolean overwrite;

  public Path folder() {
    return output;
  }

  /**
   * Refuses a folder that is taken, or that holds what is read.
   *
   * @param mark the description's file, by which an earlier run's folder is known
   * @param sources folders that are read
   */
  public void requireFree(String mark, Path... sources) {
    new LocalInputs(Stream.of(sources).map(Path::toString).toList()).requireApart(output);
    OutputFolder.requireFree(output, overwrite, List.of(mark));
  }

  public OutputFolder create(String mark) {
    return OutputFolder.create(output, overwrite, List.of(mark));
  }
}
