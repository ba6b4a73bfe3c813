package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.job.JobRunner;
import io.github.cola4j.spark.job.Resumption;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Runs a job in this JVM until something happens in one of its rounds. */
final class StoppedJob {
  private StoppedJob() {}

  interface Happening {
    void happen() throws IOException;
  }

  /**
   * Runs a job that fails.
   *
   * @param round in which it happens, when the first task has been told
   * @return what it failed with
   */
  static Throwable run(Path file, Path output, int round, Happening happening) throws IOException {
    Job job = JobFile.read(file, List.of("output='" + output + "'"));
    Throwable[] failure = new Throwable[1];
    try (SparkSession session = TestSpark.open("local[2]")) {
      assertThatThrownBy(
              () ->
                  new JobRunner(session, job)
                      .run(
                          false,
                          Resumption.REFUSE,
                          metrics -> {
                            boolean first = metrics.task().equals(job.tasks().get(0).name());
                            if (metrics.round() == round && first) {
                              try {
                                happening.happen();
                              } catch (IOException e) {
                                throw new UncheckedIOException(e);
                              }
                            }
                          },
                          notice -> {}))
          .satisfies(thrown -> failure[0] = thrown);
    }
    return failure[0];
  }

  /** Runs a job that stops in a round; there are checkpoints of those before. */
  static void run(Path file, Path output, int round) throws IOException {
    run(
        file,
        output,
        round,
        () -> {
          throw new IOException("stopped by the test");
        });
  }
}
