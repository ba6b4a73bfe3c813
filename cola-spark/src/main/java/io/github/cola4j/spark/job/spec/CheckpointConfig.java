package io.github.cola4j.spark.job.spec;

import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How a job's progress is kept.
 *
 * @param folder on any of Hadoop's file systems, for this job alone; null is {@code
 *     <output>.checkpoints} on the driver's own
 * @param every how many rounds a checkpoint is written after; 0 writes none
 * @param keep how many of them stay
 */
@RecordBuilder
public record CheckpointConfig(String folder, Integer every, Integer keep)
    implements CheckpointConfigBuilder.With {

  /** Fills in defaults and checks every value. */
  public CheckpointConfig {
    every = every == null ? 1 : every;
    keep = keep == null ? 2 : keep;
    if (every < 0) {
      throw new IllegalArgumentException("checkpoint.every must be 0 or more, got " + every);
    }
    if (keep < 1) {
      throw new IllegalArgumentException("checkpoint.keep must be at least 1, got " + keep);
    }
    if (folder != null && folder.isBlank()) {
      throw new IllegalArgumentException("checkpoint.folder is blank; name a folder");
    }
  }

  /** Every default. */
  public static CheckpointConfig defaults() {
    return CheckpointConfigBuilder.builder().build();
  }

  /** No checkpoints. */
  public static CheckpointConfig none() {
    return defaults().withEvery(0);
  }
}
