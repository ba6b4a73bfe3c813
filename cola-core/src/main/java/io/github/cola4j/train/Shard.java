package io.github.cola4j.train;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.nn.Seeds;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * Part of a task's training data, and which of it each optimiser step takes: an epoch is a seeded
 * permutation cut into {@code stepsPerEpoch} parts as even as can be.
 *
 * @param taskSeed decides random pairings: the same for all shards of a task
 * @param index the shard's number; with the task's seed it decides order and dropout
 * @param stepsPerEpoch the same for all shards of a task
 * @param totalSteps of the whole training, for the schedule
 * @param samples the data
 */
public record Shard(
    long taskSeed, int index, int stepsPerEpoch, int totalSteps, List<Sample> samples)
    implements Serializable {

  /**
   * The steps of an epoch.
   *
   * @param largestShard examples of the task's largest shard
   */
  public static int stepsPerEpoch(int largestShard, TrainingConfig config) {
    return Math.max(1, (largestShard - 1) / config.examplesPerStep() + 1);
  }

  /** The indices of a step's samples; empty where a small shard has none left for it. */
  int[] chosen(int step) {
    int epoch = step / stepsPerEpoch;
    long part = step % stepsPerEpoch;
    int size = samples.size();
    int[] order = Batcher.permutation(size, Seeds.mix(seed(), 1, epoch));
    return Arrays.copyOfRange(
        order, (int) (part * size / stepsPerEpoch), (int) ((part + 1) * size / stepsPerEpoch));
  }

  /** Seeds what is this shard's own. */
  long seed() {
    return Seeds.mix(taskSeed, index);
  }
}
