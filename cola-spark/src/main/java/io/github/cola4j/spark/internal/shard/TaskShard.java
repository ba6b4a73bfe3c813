package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.data.summary.DataTally;
import io.github.cola4j.train.Shard;
import java.io.Serializable;

/**
 * A shard and the task it belongs to.
 *
 * @param task the task's number in the job
 * @param shard the data
 * @param truncated how many of its examples were too long and lost tokens
 */
public record TaskShard(int task, Shard shard, int truncated) implements Serializable {

  /**
   * What it has.
   *
   * @param problem what labels are; null where they are no classes
   */
  public DataTally tally(ProblemType problem) {
    return DataTally.of(shard.samples(), truncated, problem);
  }
}
