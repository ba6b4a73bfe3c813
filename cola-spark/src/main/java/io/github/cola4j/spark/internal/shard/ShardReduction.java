package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

/**
 * Reduces what the shards of one task send, in their order. A shard's state is read when its turn
 * has come, so the states of a task need not be in memory together: Spark's sort keeps on disk what
 * does not fit. Updates of shards that diverge are left out; all are counted as they pass.
 */
public final class ShardReduction implements Iterator<ShardUpdate> {
  private static final RoundAveraging.Averaged NOTHING =
      new RoundAveraging.Averaged(null, GradientNorms.NONE);

  private final RoundAveraging rule;
  private final Iterator<ShardUpdate> updates;
  private final Map<Integer, ShardMoments> kept = new TreeMap<>();
  private ShardUpdate next; // null where there is none, or it was not looked for
  private RoundCounts counts = RoundCounts.NONE; // of the updates that were read

  /**
   * What came out.
   *
   * @param before the round
   * @param steps of it
   * @param mean of the states or gradients of sound shards; null if there was none
   * @param moments by shard, what the round trained of them; empty unless shards keep their own
   */
  public record Reduced(
      HeldState before,
      LocalSteps steps,
      TaskState mean,
      Map<Integer, ShardMoments> moments,
      RoundCounts counts)
      implements Serializable {}

  private ShardReduction(RoundAveraging rule, Iterator<ShardUpdate> updates) {
    this.rule = rule;
    this.updates = updates;
  }

  /**
   * Reduces a task's round.
   *
   * @param updates of its shards, in their order
   */
  public static Reduced reduce(
      RoundAveraging rule,
      TrainingConfig training,
      TaskPlan plan,
      HeldState before,
      Iterator<ShardUpdate> updates) {
    ShardReduction passed = new ShardReduction(rule, updates);
    LocalSteps steps = rule.steps(plan, before.progress());
    RoundAveraging.Averaged averaged =
        passed.hasNext()
            ? rule.average(training, before.present(), steps, plan.totalSteps(), () -> passed)
            : NOTHING;
    RoundCounts counts = passed.counts.withNorms(passed.counts.norms().plus(averaged.norms()));
    return new Reduced(before, steps, averaged.state(), passed.kept, counts);
  }

  /** The mean of the same slice of a task's updates, with the counts of all. */
  static ShardUpdate mean(RoundAveraging rule, Iterator<ShardUpdate> slices) {
    ShardReduction passed = new ShardReduction(rule, slices);
    if (!passed.hasNext()) {
      return new ShardUpdate(0, 0, new float[0], null, 0, passed.counts);
    }
    return rule.mean(() -> passed).withCounts(passed.counts);
  }

  @Override
  public boolean hasNext() {
    while (next == null && updates.hasNext()) {
      ShardUpdate update = updates.next();
      counts = counts.plus(update.counts());
      next = update.isSound() ? update : null;
    }
    return next != null;
  }

  @Override
  public ShardUpdate next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    ShardUpdate update = next;
    next = null;
    if (rule.keepsMoments()) {
      kept.put(update.shard(), update.moments());
    }
    return update;
  }
}
