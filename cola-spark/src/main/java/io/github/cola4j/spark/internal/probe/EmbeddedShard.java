package io.github.cola4j.spark.internal.probe;

import java.io.Serializable;

/**
 * A shard's examples as the frozen model embeds them.
 *
 * @param task the task's number in the job
 * @param part what it is for
 * @param index the shard's number among those of task and part
 * @param x embeddings [examples][d]
 * @param labels their classes [examples]
 */
record EmbeddedShard(int task, Part part, int index, float[][] x, int[] labels)
    implements Serializable {

  /** What examples are for. */
  enum Part {
    TRAINING,
    VALIDATION,
    TEST
  }
}
