package io.github.cola4j.spark.internal.round;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.averaging.AdapterStructure;
import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.AveragingRules;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.broadcast.Broadcast;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import scala.Tuple2;

/** The reduction of what shards send, without the shards. */
class ShardReductionTest extends LocalSparkTest {
  private static final int STEP = 3;

  private static Tuple2<ShardKey, ShardUpdate.Timed> row(
      int task, int shard, int length, float value) {
    return row(task, shard, length, value, shard + 1);
  }

  private static Tuple2<ShardKey, ShardUpdate.Timed> row(
      int task, int shard, int length, float value, double weight) {
    float[] theta = new float[length];
    Arrays.fill(theta, value);
    ShardMoments moments = new ShardMoments(theta.clone(), theta.clone());
    return new Tuple2<>(
        new ShardKey(task, shard),
        new ShardUpdate.Timed(
            new ShardUpdate(
                shard,
                STEP,
                theta,
                moments,
                2 * value,
                4,
                shard + 1,
                weight,
                10,
                new GradientNorms(3 * value, 2),
                null),
            new ShardTimes(1, shard, 0.5)));
  }

  private static Tuple2<ShardKey, ShardUpdate.Timed> rejected(int task, int shard) {
    return new Tuple2<>(
        new ShardKey(task, shard),
        new ShardUpdate.Timed(ShardUpdate.rejected(shard, "diverged"), new ShardTimes(1, 1, 0)));
  }

  private static List<RoundRunner.Update> reduce(
      Moments moments, int length, Iterator<Tuple2<ShardKey, ShardUpdate.Timed>> rows) {
    AveragingConfig config = AveragingConfig.defaults().withRule("mean").withMoments(moments);
    RoundAveraging averaging =
        new RoundAveraging(
            config,
            AveragingRules.of(config),
            new AdapterStructure(new ParameterLayout(List.of()), List.of()),
            DataType.FLOAT);
    Broadcast<TaskState> before = spark.broadcast(TaskState.initial(new float[length]));
    RoundRunner.Assignment task =
        new RoundRunner.Assignment(null, LocalSteps.all(1, 0), 9, before, Map.of());
    List<RoundRunner.Update> updates = new ArrayList<>();
    new ShardReduction(null, averaging, Map.of(0, task, 3, task, 4, task), rows)
        .updates()
        .forEachRemaining(updates::add);
    return updates;
  }

  @Test
  void readsEachTaskAndCountsItsShards() {
    List<RoundRunner.Update> updates =
        reduce(
            Moments.KEEP,
            5,
            Stream.of(
                    rejected(0, 0),
                    row(0, 1, 5, 1),
                    row(0, 2, 5, 6),
                    rejected(0, 3),
                    rejected(3, 0),
                    row(4, 0, 5, 7))
                .iterator());

    assertThat(updates).extracting(RoundRunner.Update::task).containsExactly(0, 3, 4);
    RoundRunner.Update first = updates.get(0);
    assertThat(first.state().theta()).containsOnly(4); // (2 · 1 + 3 · 6) / 5
    assertThat(first.state().step()).isEqualTo(STEP);
    assertThat(first.moments().keySet()).containsExactly(1, 2);
    assertThat(first.moments().get(2).m()).containsOnly(6);
    assertThat(first.lossSum()).isEqualTo(14);
    assertThat(first.labels()).isEqualTo(8);
    assertThat(first.examples()).isEqualTo(5);
    assertThat(first.tokens()).isEqualTo(20);
    assertThat(first.norms()).isEqualTo(new GradientNorms(3 + 18, 4));
    assertThat(first.shards()).isEqualTo(2);
    assertThat(first.rejected()).isEqualTo(2);
    assertThat(first.rejectedBecause()).isEqualTo("shard 0: diverged");
    assertThat(first.bytes()).isEqualTo(2 * 3 * 5 * Float.BYTES);
    assertThat(first.times()).isEqualTo(new ShardTimes(4, 2, 1));

    assertThat(updates.get(1).state()).isNull();
    assertThat(updates.get(1).rejected()).isEqualTo(1);
    assertThat(updates.get(2).state().theta()).containsOnly(7);
  }

  @Test
  void aShardCountsAsItsExamplesWeights() {
    Stream<Tuple2<ShardKey, ShardUpdate.Timed>> rows =
        Stream.of(row(0, 0, 5, 1, 0.75), row(0, 1, 5, 5, 0.25));
    assertThat(reduce(Moments.KEEP, 5, rows.iterator()).get(0).state().theta())
        .containsOnly(2); // (0.75 · 1 + 0.25 · 5) / 1
  }

  @Test
  void needsNoMoreMemoryThanAFewStates() {
    int length = 1 << 20;
    long states = Runtime.getRuntime().maxMemory() / (3L * Float.BYTES * length) + 50;

    List<RoundRunner.Update> updates =
        reduce(
            Moments.AVERAGE,
            length,
            IntStream.range(0, Math.toIntExact(states))
                .mapToObj(shard -> row(0, shard, length, shard % 2))
                .iterator());

    long odd = IntStream.range(0, (int) states).filter(s -> s % 2 == 1).mapToLong(s -> s + 1).sum();
    assertThat(updates.get(0).shards()).isEqualTo((int) states);
    assertThat(updates.get(0).state().theta())
        .containsOnly((float) ((double) odd / updates.get(0).examples()));
  }
}
