package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.ShardTimes;
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
  private final Iterator<ShardUpdate.Timed> updates;
  private final Map<Integer, ShardMoments> kept = new TreeMap<>();
  private ShardUpdate next; // null where there is none, or it was not looked for
  private double loss;
  private double labels;
  private long examples;
  private long tokens;
  private long bytes;
  private int sound;
  private int rejected;
  private String rejectedBecause;
  private GradientNorms norms = GradientNorms.NONE;
  private ShardTimes times = ShardTimes.NONE;

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

  private ShardReduction(RoundAveraging rule, Iterator<ShardUpdate.Timed> updates) {
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
      Iterator<ShardUpdate.Timed> updates) {
    ShardReduction passed = new ShardReduction(rule, updates);
    LocalSteps steps = rule.steps(plan, before.progress());
    RoundAveraging.Averaged averaged =
        passed.hasNext()
            ? rule.average(training, before.present(), steps, plan.totalSteps(), () -> passed)
            : NOTHING;
    return new Reduced(
        before, steps, averaged.state(), passed.kept, passed.counts(averaged.norms()));
  }

  private RoundCounts counts(GradientNorms more) {
    return new RoundCounts(
        loss,
        labels,
        examples,
        tokens,
        sound,
        rejected,
        rejectedBecause,
        bytes,
        norms.plus(more),
        times);
  }

  @Override
  public boolean hasNext() {
    while (next == null && updates.hasNext()) {
      ShardUpdate.Timed timed = updates.next();
      times = times.plus(timed.times());
      if (timed.update().rejectedBecause() == null) {
        next = timed.update();
      } else if (rejected++ == 0) {
        rejectedBecause =
            "shard " + timed.update().shard() + ": " + timed.update().rejectedBecause();
      }
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
    sound++;
    loss += update.lossSum();
    labels += update.labels();
    examples += update.examples();
    tokens += update.tokens();
    bytes += update.bytes();
    norms = norms.plus(update.norms());
    if (rule.keepsMoments()) {
      kept.put(update.shard(), update.moments());
    }
    return update;
  }
}
