package io.github.cola4j.spark.internal.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.spark.averaging.AdapterStructure;
import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.AveragingRules;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.state.GpuUse;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.RoundCountsBuilder;
import io.github.cola4j.spark.internal.state.ShardTimes;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.TaskState;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** The reduction of what shards send, without the shards. */
class ShardReductionTest {
  private static final int STEP = 3;

  private static ShardUpdate update(int shard, int length, float value) {
    return update(shard, length, value, shard + 1);
  }

  private static ShardUpdate update(int shard, int length, float value, double weight) {
    float[] theta = new float[length];
    Arrays.fill(theta, value);
    ShardMoments moments = new ShardMoments(theta.clone(), theta.clone());
    RoundCounts counts =
        RoundCountsBuilder.builder(RoundCounts.NONE)
            .lossSum(2 * value)
            .labels(4)
            .examples(shard + 1)
            .tokens(10)
            .norms(new GradientNorms(3 * value, 2))
            .shards(1)
            .build();
    return new ShardUpdate(shard, STEP, theta, moments, weight, counts)
        .took(new ShardTimes(1, shard, 0.5, 0))
        .used(GpuUse.ofShard(new DeviceUse(100 - shard, 1000, shard / 4.0), 3 - shard));
  }

  private static ShardUpdate rejected(int shard) {
    return ShardUpdate.rejected(shard, "diverged").took(new ShardTimes(1, 1, 0, 0));
  }

  private static ShardReduction.Reduced reduce(
      Moments moments, int length, Stream<ShardUpdate> updates) {
    AveragingConfig config = AveragingConfig.defaults().withRule("mean").withMoments(moments);
    RoundAveraging averaging =
        new RoundAveraging(
            config,
            AveragingRules.of(config),
            new AdapterStructure(new ParameterLayout(List.of()), List.of()),
            DataType.FLOAT);
    TaskPlan plan = new TaskPlan(7, "task", null, 10, 4, 1, 9, STEP, 1);
    HeldState before =
        HeldState.first(7, TaskProgress.start(0), TaskState.initial(new float[length]));
    return ShardReduction.reduce(averaging, null, plan, before, updates.iterator());
  }

  @Test
  void countsTheShardsOfATask() {
    ShardReduction.Reduced reduced =
        reduce(
            Moments.KEEP, 5, Stream.of(rejected(0), update(1, 5, 1), update(2, 5, 6), rejected(3)));

    assertThat(reduced.mean().theta()).containsOnly(4); // (2 · 1 + 3 · 6) / 5
    assertThat(reduced.mean().step()).isEqualTo(STEP);
    assertThat(reduced.moments().keySet()).containsExactly(1, 2);
    assertThat(reduced.moments().get(2).m()).containsOnly(6);
    RoundCounts counts = reduced.counts();
    assertThat(counts.lossSum()).isEqualTo(14);
    assertThat(counts.labels()).isEqualTo(8);
    assertThat(counts.examples()).isEqualTo(5);
    assertThat(counts.tokens()).isEqualTo(20);
    assertThat(counts.norms()).isEqualTo(new GradientNorms(3 + 18, 4));
    assertThat(counts.shards()).isEqualTo(2);
    assertThat(counts.rejected()).isEqualTo(2);
    assertThat(counts.rejectedBecause()).isEqualTo("shard 0: diverged");
    assertThat(counts.bytes()).isEqualTo(2 * 3 * 5 * Float.BYTES);
    assertThat(counts.times()).isEqualTo(new ShardTimes(4, 2, 1, 0));
    assertThat(counts.gpu()).isEqualTo(new GpuUse(99, 2 * 0.25 + 1 * 0.5, 3));
  }

  @Test
  void whereAllShardsDivergeThereIsNoMean() {
    ShardReduction.Reduced reduced = reduce(Moments.KEEP, 5, Stream.of(rejected(0), rejected(1)));

    assertThat(reduced.mean()).isNull();
    assertThat(reduced.counts().rejected()).isEqualTo(2);
    assertThat(reduced.counts().shards()).isZero();
  }

  @Test
  void aShardCountsAsItsExamplesWeights() {
    assertThat(
            reduce(Moments.KEEP, 5, Stream.of(update(0, 5, 1, 0.75), update(1, 5, 5, 0.25)))
                .mean()
                .theta())
        .containsOnly(2); // (0.75 · 1 + 0.25 · 5) / 1
  }

  @Test
  void needsNoMoreMemoryThanAFewStates() {
    int length = 1 << 20;
    long states = Runtime.getRuntime().maxMemory() / (3L * Float.BYTES * length) + 50;

    ShardReduction.Reduced reduced =
        reduce(
            Moments.AVERAGE,
            length,
            IntStream.range(0, Math.toIntExact(states))
                .mapToObj(shard -> update(shard, length, shard % 2)));

    long odd = IntStream.range(0, (int) states).filter(s -> s % 2 == 1).mapToLong(s -> s + 1).sum();
    assertThat(reduced.counts().shards()).isEqualTo((int) states);
    assertThat(reduced.mean().theta())
        .containsOnly((float) ((double) odd / reduced.counts().examples()));
  }
}
