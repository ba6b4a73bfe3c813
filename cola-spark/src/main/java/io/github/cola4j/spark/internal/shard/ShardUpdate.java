package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.state.ShardTimes;
import io.github.cola4j.train.GradientNorms;
import java.io.Serializable;

/**
 * What a shard sends after a round.
 *
 * @param shard its number
 * @param step optimiser steps done
 * @param theta the parameters that the round trained; or the gradient of its mean loss
 * @param moments of these parameters; null where they do not travel
 * @param lossSum of its labels
 * @param labels how many counted, each as its example's weight
 * @param examples seen
 * @param weight how much the update counts in the mean: that of its examples, or of its labels
 *     where gradients are averaged
 * @param tokens of these
 * @param norms of the gradients of its optimiser steps; none where gradients are averaged
 * @param rejectedBecause why none of this counts; null if it does
 */
public record ShardUpdate(
    int shard,
    int step,
    float[] theta,
    ShardMoments moments,
    double lossSum,
    double labels,
    long examples,
    double weight,
    long tokens,
    GradientNorms norms,
    String rejectedBecause)
    implements Serializable {

  /** One, and the time it took. */
  public record Timed(ShardUpdate update, ShardTimes times) implements Serializable {}

  /** That of a shard that diverged. */
  public static ShardUpdate rejected(int shard, String because) {
    return new ShardUpdate(
        shard, 0, new float[0], null, 0, 0, 0, 0, 0, GradientNorms.NONE, because);
  }

  /** The bytes of its vectors. */
  public long bytes() {
    return (long) Float.BYTES * theta.length + (moments == null ? 0 : moments.bytes());
  }
}
