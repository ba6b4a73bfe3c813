package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.JointTrainer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import scala.Tuple2;

/** Trains shards; on executors. */
record ShardRounds(
    TrainingContext job,
    RoundAveraging rule,
    RoundConfig rounds,
    Map<Integer, RoundRunner.Assignment> assignments,
    ShardCounters counters)
    implements Serializable {

  /** One by itself. */
  Tuple2<ShardKey, ShardUpdate.Timed> alone(TaskShard shard) {
    RoundRunner.Assignment task = assignments.get(shard.task());
    long start = System.nanoTime();
    rule.fetch(task, shard.shard());
    long fetched = System.nanoTime();
    ShardUpdate update;
    try {
      update = rule.train(job, task, shard.shard(), rounds.lossLimit());
    } catch (DivergedException e) {
      update = ShardUpdate.rejected(shard.shard().index(), e.getMessage());
    }
    return counted(shard, update, ShardTimes.of(start, fetched, System.nanoTime()));
  }

  /** As many in one batch as {@code spark.tokensTogether} has room for, before any is read. */
  Iterator<Tuple2<ShardKey, ShardUpdate.Timed>> together(Iterator<TaskShard> shards) {
    List<Tuple2<ShardKey, ShardUpdate.Timed>> all = new ArrayList<>();
    List<TaskShard> group = new ArrayList<>();
    long tokens = 0;
    while (shards.hasNext()) {
      TaskShard shard = shards.next();
      long more = tokensOfStep(shard);
      if (!group.isEmpty() && tokens + more > rounds.tokensTogether()) {
        all.addAll(train(group));
        group.clear();
        tokens = 0;
      }
      group.add(shard);
      tokens += more;
    }
    if (!group.isEmpty()) {
      all.addAll(train(group));
    }
    return all.iterator();
  }

  /** Of a step of average texts, as far as they are computed at once. */
  private long tokensOfStep(TaskShard shard) {
    long all = 0;
    for (var sample : shard.shard().samples()) {
      all += sample.length();
    }
    return Math.min(job.training().maxTokens(), all / shard.shard().stepsPerEpoch());
  }

  private List<Tuple2<ShardKey, ShardUpdate.Timed>> train(List<TaskShard> shards) {
    long start = System.nanoTime();
    List<ShardTrainer.Run> runs = new ArrayList<>();
    for (TaskShard shard : shards) {
      RoundRunner.Assignment task = assignments.get(shard.task());
      rule.fetch(task, shard.shard());
      runs.add(
          new ShardTrainer.Run(
              task.objective(),
              new JointTrainer.Assignment(
                  rule.start(task, shard.shard()), shard.shard(), task.steps())));
    }
    long fetched = System.nanoTime();
    List<JointTrainer.Outcome> outcomes =
        ShardTrainer.trainTogether(job, runs, rounds.lossLimit(), rounds.tokensTogether());
    ShardTimes times = ShardTimes.of(start, fetched, System.nanoTime(), 1.0 / shards.size());
    List<Tuple2<ShardKey, ShardUpdate.Timed>> updates = new ArrayList<>();
    for (int i = 0; i < outcomes.size(); i++) {
      TaskShard shard = shards.get(i);
      JointTrainer.Outcome outcome = outcomes.get(i);
      ShardUpdate update =
          outcome.diverged() == null
              ? rule.update(assignments.get(shard.task()), shard.shard(), outcome.result())
              : ShardUpdate.rejected(shard.shard().index(), outcome.diverged().getMessage());
      updates.add(counted(shard, update, times));
    }
    return updates;
  }

  private Tuple2<ShardKey, ShardUpdate.Timed> counted(
      TaskShard shard, ShardUpdate update, ShardTimes times) {
    counters.add(update);
    return new Tuple2<>(
        new ShardKey(shard.task(), shard.shard().index()), new ShardUpdate.Timed(update, times));
  }
}
