package io.github.cola4j.spark.job;

import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.memory.MemoryPlan;
import io.github.cola4j.spark.training.RoundMetrics;
import java.util.List;
import java.util.function.Consumer;

/** Is notified of what a job does: of each round and task, and of what a user should know. */
public interface JobListener extends Consumer<RoundMetrics> {
  /** What the tasks are trained on, before the first round. */
  default void data(List<TaskSummary> tasks) {}

  /**
   * What memory the job needs and has, before data are read. An exception ends the job, as where
   * there are {@link MemoryPlan#problems}.
   */
  default void memory(MemoryPlan plan) {}

  /** What the job does, such as from where it resumes. */
  default void progress(String line) {}

  /** The job is done already, so nothing is trained. */
  default void complete(String line) {
    progress(line);
  }

  /** Training resumes after a round. */
  default void resumes(int round) {}

  /** What a user should look at, such as a file whose encoding was guessed. */
  default void warning(String line) {}

  /** One that is notified of rounds and, in one place, of all else that is said. */
  static JobListener of(Consumer<RoundMetrics> rounds, Consumer<String> lines) {
    return new JobListener() {
      @Override
      public void accept(RoundMetrics round) {
        rounds.accept(round);
      }

      @Override
      public void progress(String line) {
        lines.accept(line);
      }

      @Override
      public void warning(String line) {
        lines.accept(line);
      }
    };
  }
}
