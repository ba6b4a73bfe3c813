package io.github.cola4j.spark.internal.state;

import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.GradientNorms;
import java.io.Serializable;

/**
 * What there is to count of the shards of one task in a round.
 *
 * @param lossSum of their labels
 * @param labels how many counted, each as its example's weight
 * @param examples seen
 * @param tokens of these
 * @param shards how many were averaged
 * @param rejected how many were not
 * @param rejectedBecause what was wrong with the first of these; null where there is none
 * @param bytes of their updates
 * @param norms of the gradients of the optimiser steps that count
 * @param times executors spent on them
 */
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
    ShardTimes times)
    implements Serializable {

  /** With the time of something else. */
  public RoundCounts took(ShardTimes more) {
    return new RoundCounts(
        lossSum,
        labels,
        examples,
        tokens,
        shards,
        rejected,
        rejectedBecause,
        bytes,
        norms,
        times.plus(more));
  }

  /** Of a shard whose update stayed where it was. */
  public RoundCounts stayed() {
    return new RoundCounts(
        lossSum, labels, examples, tokens, shards, rejected, rejectedBecause, 0, norms, times);
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
