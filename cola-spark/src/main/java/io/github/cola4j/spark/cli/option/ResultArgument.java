package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.claim.Staging;
import io.github.cola4j.spark.job.LocalFolder;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a run has left: a job's output with all its adapters, or an adapter. */
public final class ResultArgument {
  @Parameters(
      paramLabel = "ADAPTER",
      description =
          "The output folder of a job, an adapter in it (OUTPUT/adapters/TASK), or what import,"
              + " combine or merge wrote; a path or URI.")
  private String folder;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "The task whose adapter is meant, where there are several.")
  private String task;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The frozen model, if it is not where it was at training.")
  private String model;

  /** What is done with adapters' folders on this machine. */
  public interface Use<T> {
    T of(List<Path> folders) throws IOException;
  }

  /** As it was named. */
  public String name() {
    return folder;
  }

  /** Where the frozen model is; null for where it was at training. */
  public String model() {
    return model;
  }

  /** Whether a task was chosen. */
  public boolean hasTask() {
    return task != null;
  }

  /** Uses the adapters; messages of what fails name their own location. */
  public <T> T use(Use<T> use) throws IOException {
    try (LocalFolder local = LocalFolder.of(folder)) {
      return local.use(
          path -> {
            if (!MergedFolder.isOne(path)) {
              return use.of(AdapterFolders.in(path, folder, task));
            }
            try (Staging unchanged = Staging.create()) {
              MergedFolder.write(path, unchanged.folder());
              return use.of(AdapterFolders.in(unchanged.folder(), folder, task));
            }
          });
    }
  }

  /**
   * The one adapter, where one is needed.
   *
   * @throws InvalidJobException if there are several
   */
  public Path one(List<Path> folders) {
    if (folders.size() > 1) {
      throw several(folders, "name one with --task");
    }
    return folders.get(0);
  }

  /** What is thrown where there are several adapters, and nothing says which is meant. */
  public InvalidJobException several(List<Path> folders, String remedy) {
    return new InvalidJobException(
        String.format(
            "%s holds several adapters; %s: %s",
            folder, remedy, String.join(", ", AdapterFolders.tasks(folders))),
        null);
  }
}
