package io.github.cola4j.spark.internal.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.spark.averaging.AdapterStructure;
import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.AveragingRules;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.RoundCountsBuilder;
import io.github.cola4j.spark.internal.state.ShardTimes;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import scala.Tuple2;

class SlicesTest {
  private static final int LENGTH = 103;
  private static final int SHARDS = 20;
  private static final int STEP = 3;

  private static RoundAveraging averaging(String rule, Moments moments) {
    AveragingConfig config = AveragingConfig.defaults().withRule(rule).withMoments(moments);
    ParameterLayout layout =
        new ParameterLayout(
            List.of(new ParameterLayout.Entry("a", ParameterLayout.Kind.A, 0, LENGTH, 1)));
    return new RoundAveraging(
        config, AveragingRules.of(config), new AdapterStructure(layout, List.of()), DataType.FLOAT);
  }

  private static TaskPlan plan(int task, int shards) {
    return new TaskPlan(task, "task " + task, null, 100, shards, 1, 9, STEP, 1);
  }

  /** Two small tasks around one that is cut. */
  private static List<TaskPlan> plans() {
    return List.of(plan(0, 2), plan(1, SHARDS), plan(2, 3));
  }

  private static float[] vector(Random random) {
    float[] vector = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static ShardUpdate update(int task, int shard, Moments moments) {
    Random random = new Random(100L * task + shard);
    if (shard % 7 == 1) {
      return ShardUpdate.rejected(shard, "diverged").took(ShardTimes.ofShard(1, 1));
    }
    RoundCounts counts =
        RoundCountsBuilder.builder(RoundCounts.NONE)
            .lossSum(random.nextDouble())
            .labels(3)
            .examples(2)
            .tokens(shard)
            .shards(1)
            .norms(new GradientNorms(random.nextDouble(), 2))
            .build();
    return new ShardUpdate(
            shard,
            STEP,
            vector(random),
            moments == Moments.RESET ? null : new ShardMoments(vector(random), vector(random)),
            1 + random.nextInt(9),
            counts)
        .took(ShardTimes.ofShard(random.nextDouble(), 0.5));
  }

  private static List<ShardUpdate> updates(TaskPlan plan, Moments moments) {
    return IntStream.range(0, plan.shards())
        .mapToObj(shard -> update(plan.index(), shard, moments))
        .toList();
  }

  private static ShardReduction.Reduced reduce(
      RoundAveraging rule, TaskPlan plan, Iterator<ShardUpdate> updates) {
    HeldState before =
        HeldState.first(plan.index(), TaskProgress.start(0), TaskState.initial(new float[LENGTH]));
    return ShardReduction.reduce(rule, null, plan, before, updates);
  }

  /** As two shuffles do it, in as many partitions as there are. */
  private static List<Tuple2<GroupKey, ShardUpdate>> sliced(
      Slices slices, RoundAveraging rule, Stream<Tuple2<GroupKey, ShardUpdate>> updates) {
    List<List<Tuple2<GroupKey, ShardUpdate>>> partitions = new ArrayList<>();
    IntStream.range(0, slices.places().numPartitions())
        .forEach(p -> partitions.add(new ArrayList<>()));
    updates.forEach(
        row ->
            slices
                .cut(row)
                .forEachRemaining(
                    cut -> partitions.get(slices.places().getPartition(cut._1())).add(cut)));
    List<Tuple2<GroupKey, ShardUpdate>> means = new ArrayList<>();
    for (List<Tuple2<GroupKey, ShardUpdate>> rows : partitions) {
      rows.sort(Comparator.comparing(Tuple2::_1));
      slices.average(rule, rows.iterator()).forEachRemaining(means::add);
    }
    means.sort(Comparator.comparing(Tuple2::_1));
    return means;
  }

  @ParameterizedTest
  @EnumSource(names = {"AVERAGE", "RESET"})
  void averageToTheBitsOfOneReducer(Moments moments) {
    RoundAveraging rule = averaging("mean", moments);
    Slices slices = Slices.of(rule, plans(), 1000);
    assertThat(slices.areCut()).isTrue();

    List<Tuple2<GroupKey, ShardUpdate>> means =
        sliced(
            slices,
            rule,
            plans().stream()
                .flatMap(
                    plan ->
                        updates(plan, moments).stream()
                            .map(u -> new Tuple2<>(new GroupKey(plan.index(), u.shard()), u))));

    GroupRows<ShardUpdate> rows = new GroupRows<>(means.iterator());
    for (TaskPlan plan : plans()) {
      ShardReduction.Reduced expected = reduce(rule, plan, updates(plan, moments).iterator());
      ShardReduction.Reduced reduced =
          reduce(rule, plan, slices.joined(plan.index(), rows.of(plan.index())));
      assertThat(reduced.mean().theta()).isEqualTo(expected.mean().theta());
      assertThat(reduced.mean().m()).isEqualTo(expected.mean().m());
      assertThat(reduced.mean().v()).isEqualTo(expected.mean().v());
      assertThat(reduced.mean().step()).isEqualTo(STEP);
      assertThat(reduced.counts()).isEqualTo(expected.counts());
    }
  }

  @Test
  void aTaskWhoseShardsAllDivergedHasNoMeanAndAllCounts() {
    RoundAveraging rule = averaging("mean", Moments.AVERAGE);
    List<TaskPlan> one = List.of(plan(0, SHARDS));
    Slices slices = Slices.of(rule, one, 1000);

    List<Tuple2<GroupKey, ShardUpdate>> means =
        sliced(
            slices,
            rule,
            IntStream.range(0, SHARDS)
                .mapToObj(
                    s -> new Tuple2<>(new GroupKey(0, s), ShardUpdate.rejected(s, "diverged"))));

    ShardReduction.Reduced reduced =
        reduce(rule, one.get(0), slices.joined(0, means.stream().map(Tuple2::_2).iterator()));
    assertThat(reduced.mean()).isNull();
    assertThat(reduced.counts().rejected()).isEqualTo(SHARDS);
    assertThat(reduced.counts().rejectedBecause()).isEqualTo("shard 0: diverged");
  }

  /** What all shards send of a slice stays below the size, and no slice is without a parameter. */
  @Test
  void asManyAsFitIntoMemory() {
    RoundAveraging rule = averaging("mean", Moments.AVERAGE);
    int size = 2000;

    TreeSet<Integer> groups = new TreeSet<>();
    int[] bytes = new int[1000];
    for (ShardUpdate update : updates(plan(1, SHARDS), Moments.AVERAGE)) {
      Slices.of(rule, plans(), size)
          .cut(new Tuple2<>(new GroupKey(1, update.shard()), update))
          .forEachRemaining(
              row -> {
                groups.add(row._1().group());
                bytes[row._1().group()] += 3 * Float.BYTES * row._2().theta().length;
              });
    }
    assertThat(groups).hasSize(1 + SHARDS * LENGTH * 3 * Float.BYTES / size);
    assertThat(Arrays.stream(bytes).max().orElseThrow()).isLessThan(size);
    assertThat(Slices.of(rule, plans(), 1).places().numPartitions()).isEqualTo(2 + LENGTH);
  }

  @Test
  void onlyWhatIsAMeanOfEachElementIsCut() {
    assertThat(Slices.of(averaging("product", Moments.AVERAGE), plans(), 1000).areCut()).isFalse();
    assertThat(Slices.of(averaging("mean", Moments.KEEP), plans(), 1000).areCut()).isFalse();
    assertThat(Slices.of(averaging("gradients", Moments.AVERAGE), plans(), 1000).areCut()).isTrue();
    assertThat(Slices.of(averaging("mean", Moments.AVERAGE), plans(), 64 << 20).areCut()).isFalse();
    assertThat(Slices.of(averaging("mean", Moments.AVERAGE), List.of(plan(0, 15)), 1).areCut())
        .isFalse();
  }
}
