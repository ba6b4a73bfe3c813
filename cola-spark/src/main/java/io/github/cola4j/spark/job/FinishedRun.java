package io.github.cola4j.spark.job;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.job.output.OutputFolder;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Whether what {@code --resume} is asked for is done already. */
final class FinishedRun {
  private static final JsonMapper MAPPER = new JsonMapper();

  private FinishedRun() {}

  /**
   * The result of the same job, if it is in its place: an earlier run put it there, and was killed
   * before it had tidied up, or nothing is left to do.
   *
   * @param overwrite whether a result that no checkpoint led to is to be replaced
   */
  static Optional<JobResult> of(Job job, boolean overwrite, JobCheckpoints checkpoints) {
    Path folder = Path.of(job.output());
    Path file = folder.resolve("job.yaml");
    if (!Files.isRegularFile(file)
        || !Files.isRegularFile(folder.resolve(OutputFolder.RESULTS))
        || !isSame(job, file)) {
      return Optional.empty();
    }
    try {
      boolean isDone =
          checkpoints.any() ? checkpoints.ledTo(folder.resolve(OutputFolder.METRICS)) : !overwrite;
      return isDone
          ? Optional.of(
              MAPPER.readValue(
                  Files.readString(folder.resolve(OutputFolder.RESULTS), StandardCharsets.UTF_8),
                  JobResult.class))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the results in " + folder, e);
    }
  }

  /** Where it is written and how progress is kept does not matter. */
  private static boolean isSame(Job job, Path file) {
    Job done;
    try {
      done = JobFile.read(file, List.of());
    } catch (InvalidJobException e) { // of another version, whose keys were others
      return false;
    }
    return done.withCheckpoint(job.checkpoint()).withOutput(job.output()).equals(job);
  }
}
