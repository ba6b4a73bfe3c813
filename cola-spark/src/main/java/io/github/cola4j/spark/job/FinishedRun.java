package io.github.cola4j.spark.job;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
  static Optional<JobResult> of(
      Job job, boolean overwrite, Output output, JobCheckpoints checkpoints) {
    try (InputStream done = output.open("job.yaml");
        InputStream results = output.open(Output.RESULTS)) {
      if (done == null || results == null || !isSame(job, done)) {
        return Optional.empty();
      }
      boolean isDone = checkpoints.any() ? checkpoints.ledTo(output) : !overwrite;
      return isDone ? Optional.of(MAPPER.readValue(results, JobResult.class)) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the results in " + job.output(), e);
    }
  }

  private static boolean isSame(Job job, InputStream file) throws IOException {
    Job done;
    try {
      done = JobFile.read(file, "job.yaml of " + job.output());
    } catch (InvalidJobException e) { // of another version, whose keys were others
      return false;
    }
    return done.does(job);
  }
}
