package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.state.GpuUse;
import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.ShardTimes;
import java.io.Serializable;

/**
 * What a shard sends after a round; or a slice of that; or the mean of slices of all shards.
 *
 * @param shard its number
 * @param step optimiser steps done
 * @param theta the parameters that the round trained; or the gradient of its mean loss
 * @param moments of these parameters; null where they do not travel
 * @param weight how much the update counts in the mean: that of its examples, or of its labels
 *     where gradients are averaged
 * @param counts what there is to count of it
 */
public record ShardUpdate(
    int shard, int step, float[] theta, ShardMoments moments, double weight, RoundCounts counts)
    implements Serializable {

  /** That of a shard that diverged. */
  public static ShardUpdate rejected(int shard, String because) {
    return new ShardUpdate(shard, 0, new float[0], null, 0, RoundCounts.rejected(shard, because));
  }

  /** With other counts. */
  ShardUpdate withCounts(RoundCounts other) {
    return new ShardUpdate(shard, step, theta, moments, weight, other);
  }

  /** With the time it took, and the bytes of its vectors. */
  public ShardUpdate took(ShardTimes times) {
    long bytes = (long) Float.BYTES * theta.length + (moments == null ? 0 : moments.bytes());
    return withCounts(counts.withTimes(times).withBytes(bytes));
  }

  /** With what is in use of the GPU that trained it. */
  ShardUpdate used(GpuUse gpu) {
    return withCounts(counts.withGpu(gpu));
  }

  /** Whether there is something to average; a shard that diverged sends no parameters. */
  public boolean isSound() {
    return theta.length > 0;
  }
}
