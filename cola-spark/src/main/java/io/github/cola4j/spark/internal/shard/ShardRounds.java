package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.internal.state.GpuUse;
import io.github.cola4j.spark.internal.state.ShardTimes;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.JointTrainer;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** Trains shards; on executors. */
public record ShardRounds(
    TrainingContext job, RoundAveraging rule, RoundConfig rounds, ShardCounters counters)
    implements Serializable {

  /**
   * A shard's round.
   *
   * @param start what it starts from
   * @param fetched seconds until that was there
   */
  public record Assigned(
      TaskPlan plan, LocalSteps steps, TaskState start, TaskShard shard, double fetched) {}

  /** Whether shards are trained together. */
  public boolean together() {
    return rounds.tokensTogether() > 0 && rule.joins();
  }

  /** Whether a group of so many tokens a step has room for more. */
  public boolean haveRoom(long tokens, long more) {
    return together() && tokens + more <= rounds.tokensTogether();
  }

  /** Of a step of average texts, as far as they are computed at once. */
  public long tokensOfStep(TaskShard shard) {
    long all = 0;
    for (var sample : shard.shard().samples()) {
      all += sample.length();
    }
    return Math.min(job.training().maxTokens(), all / shard.shard().stepsPerEpoch());
  }

  /** What shards send, in their order, which are trained in one batch where that is asked for. */
  public List<ShardUpdate> train(List<Assigned> shards) {
    if (together()) {
      return joined(shards);
    }
    return shards.stream().map(this::alone).toList();
  }

  private ShardUpdate alone(Assigned task) {
    long start = System.nanoTime();
    ShardUpdate update;
    try {
      update = rule.train(job, task, rounds.lossLimit());
    } catch (DivergedException e) {
      update = ShardUpdate.rejected(task.shard().shard().index(), e.getMessage());
    }
    return counted(task, update, (System.nanoTime() - start) / 1e9, deviceUse());
  }

  private List<ShardUpdate> joined(List<Assigned> shards) {
    long start = System.nanoTime();
    List<ShardTrainer.Run> runs =
        shards.stream()
            .map(
                task ->
                    new ShardTrainer.Run(
                        task.plan().objective(),
                        new JointTrainer.Assignment(
                            task.start(), task.shard().shard(), task.steps())))
            .toList();
    List<JointTrainer.Outcome> outcomes =
        ShardTrainer.trainTogether(job, runs, rounds.lossLimit(), rounds.tokensTogether());
    double share = (System.nanoTime() - start) / 1e9 / shards.size();
    DeviceUse use = deviceUse();
    List<ShardUpdate> updates = new ArrayList<>();
    for (int i = 0; i < outcomes.size(); i++) {
      Assigned task = shards.get(i);
      JointTrainer.Outcome outcome = outcomes.get(i);
      ShardUpdate update =
          outcome.diverged() == null
              ? rule.update(task, outcome.result())
              : ShardUpdate.rejected(task.shard().shard().index(), outcome.diverged().getMessage());
      updates.add(counted(task, update, share, use));
    }
    return updates;
  }

  /** Of the device that this thread trained on, where working memory still is. */
  private DeviceUse deviceUse() {
    return KernelProviders.get().of(rule.type()).deviceUse();
  }

  private ShardUpdate counted(Assigned task, ShardUpdate update, double seconds, DeviceUse use) {
    counters.add(update);
    return update
        .took(ShardTimes.ofShard(seconds, task.fetched()))
        .used(GpuUse.ofShard(use, seconds));
  }
}
