package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.internal.round.RoundRunner.Update;
import io.github.cola4j.train.GradientNorms;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import scala.Tuple2;

/**
 * Reduces what shards send, which comes sorted by task and shard. A shard's state is read when its
 * turn has come, so the states of a task need not be in memory together: Spark's sort keeps on disk
 * what does not fit.
 */
final class ShardReduction {
  private static final RoundAveraging.Averaged NOTHING =
      new RoundAveraging.Averaged(null, GradientNorms.NONE);

  private final TrainingConfig training;
  private final RoundAveraging rule;
  private final Map<Integer, RoundRunner.Assignment> assignments;
  private final Iterator<Tuple2<ShardKey, ShardUpdate.Timed>> rows;
  private Tuple2<ShardKey, ShardUpdate.Timed> row; // that comes next; null at the end

  ShardReduction(
      TrainingConfig training,
      RoundAveraging rule,
      Map<Integer, RoundRunner.Assignment> assignments,
      Iterator<Tuple2<ShardKey, ShardUpdate.Timed>> rows) {
    this.training = training;
    this.rule = rule;
    this.assignments = assignments;
    this.rows = rows;
    advance();
  }

  private void advance() {
    row = rows.hasNext() ? rows.next() : null;
  }

  /** One of each task, in their order. */
  Iterator<Update> updates() {
    List<Update> updates = new ArrayList<>();
    while (row != null) {
      int task = row._1().task();
      updates.add(new SoundUpdates(task).reduce(assignments.get(task)));
    }
    return updates.iterator();
  }

  /** The updates of one task that count. Counts all of them as they pass. */
  private final class SoundUpdates implements Iterator<ShardUpdate> {
    private final int task;
    private final Map<Integer, ShardMoments> kept = new TreeMap<>();
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

    SoundUpdates(int task) {
      this.task = task;
    }

    Update reduce(RoundRunner.Assignment assignment) {
      RoundAveraging.Averaged averaged =
          hasNext() ? rule.average(training, assignment, () -> this) : NOTHING;
      return new Update(
          task,
          averaged.state(),
          kept,
          loss,
          labels,
          examples,
          tokens,
          sound,
          rejected,
          rejectedBecause,
          bytes,
          norms.plus(averaged.norms()),
          times);
    }

    @Override
    public boolean hasNext() {
      while (isOfTask() && row._2().update().rejectedBecause() != null) {
        ShardUpdate update = row._2().update();
        if (rejected++ == 0) {
          rejectedBecause = "shard " + update.shard() + ": " + update.rejectedBecause();
        }
        times = times.plus(row._2().times());
        advance();
      }
      return isOfTask();
    }

    private boolean isOfTask() {
      return row != null && row._1().task() == task;
    }

    @Override
    public ShardUpdate next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      ShardUpdate update = row._2().update();
      times = times.plus(row._2().times());
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
      advance();
      return update;
    }
  }
}
