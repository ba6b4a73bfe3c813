package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.job.output.Inputs;
import io.github.cola4j.spark.job.output.Output;
import java.util.List;
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
  private String output;

  @Option(names = "--overwrite", description = "Replaces what the folder has.")
  private boolean overwrite;

  public String folder() {
    return output;
  }

  /**
   * Refuses a folder that is taken, or that holds what is read.
   *
   * @param mark the description's file, by which an earlier run's folder is known
   * @param sources folders that are read
   */
  public void requireFree(String mark, String... sources) {
    new Inputs(List.of(sources)).requireApart(output);
    Output.requireFree(output, overwrite, List.of(mark));
  }

  public Output create(String mark) {
    return Output.create(output, overwrite, List.of(mark));
  }
}
