package io.github.cola4j.spark.internal.state;

import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.GradientNorms;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * What there is to count of shards of one task in a round.
 *
 * @param lossSum of their labels
 * @param labels how many counted, each as its example's weight
 * @param examples seen
 * @param tokens of these
 * @param shards how many are averaged
 * @param rejected how many are not
 * @param rejectedBecause what was wrong with the first of these; null where there is none
 * @param bytes of their updates
 * @param norms of the gradients of the optimiser steps that count
 * @param times executors spent on them
 * @param gpu what is in use of the GPUs that train them
 */
@RecordBuilder
public record RoundCounts(
    double lossSum,
    double labels,
    long examples,
    long tokens,
    int shards,
    int rejected,
    String rejectedBecause,
    long bytes,
    GradientNorms norms,
    ShardTimes times,
    GpuUse gpu)
    implements Serializable, RoundCountsBuilder.With {
  /** Of no shard. */
  public static final RoundCounts NONE =
      new RoundCounts(0, 0, 0, 0, 0, 0, null, 0, GradientNorms.NONE, ShardTimes.NONE, GpuUse.NONE);

  /** Of a shard that diverged. */
  public static RoundCounts rejected(int shard, String because) {
    return NONE.withRejected(1).withRejectedBecause("shard " + shard + ": " + because);
  }

  /** These and those of shards behind. */
  public RoundCounts plus(RoundCounts more) {
    return new RoundCounts(
        lossSum + more.lossSum,
        labels + more.labels,
        examples + more.examples,
        tokens + more.tokens,
        shards + more.shards,
        rejected + more.rejected,
        rejectedBecause == null ? more.rejectedBecause : rejectedBecause,
        bytes + more.bytes,
        norms.plus(more.norms),
        times.plus(more.times),
        gpu.plus(more.gpu));
  }

  /** With the time of something else. */
  public RoundCounts took(ShardTimes more) {
    return withTimes(times.plus(more));
  }

  /** Whether enough shards are sound for the round to count. */
  public boolean areEnough(RoundConfig config) {
    return shards > 0 && shards >= config.minShards() * (shards + rejected);
  }

  /**
   * Refuses a round that does not count.
   *
   * @param round from 1
   * @throws DivergedException if too few shards are sound
   */
  public void requireEnough(String task, int round, RoundConfig config) {
    if (!areEnough(config)) {
      throw new DivergedException(
          String.format(
              "task '%s', round %d: the updates of %d of %d shards are rejected, and a share of %s"
                  + " must be sound (spark.minShards); %s",
              task, round, rejected, shards + rejected, config.minShards(), rejectedBecause));
    }
  }
}
