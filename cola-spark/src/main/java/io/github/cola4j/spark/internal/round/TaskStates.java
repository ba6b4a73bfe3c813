package io.github.cola4j.spark.internal.round;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.spark.averaging.FedAvg;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.averaging.ShardMoments;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TaskAdapters;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** The states of all tasks while they are trained: sent, replaced after a round, given up. */
public final class TaskStates implements AutoCloseable {
  private static final int SHARE_OF_HEAP = 16; // one of so many

  private final JavaSparkContext spark;
  private final List<TaskProgress> tasks;
  private final RoundConfig rounds;
  private final RoundAveraging averaging;
  private final ParameterLayout layout;
  // a broadcast for each shard, so that an executor fetches only those it trains; of active tasks
  private final Map<Integer, Map<Integer, Broadcast<ShardMoments>>> moments = new HashMap<>();
  private final List<Replaced> replaced = new ArrayList<>();

  /** Sends the states that training begins with. */
  public TaskStates(
      JavaSparkContext spark,
      List<TaskProgress> tasks,
      RoundConfig rounds,
      RoundAveraging averaging,
      ParameterLayout layout) {
    this.spark = spark;
    this.tasks = tasks;
    this.rounds = rounds;
    this.averaging = averaging;
    this.layout = layout;
    for (TaskProgress task : tasks) {
      send(task);
      if (task.best != null) {
        task.best.send(spark);
      }
    }
  }

  private void send(TaskProgress task) {
    task.state.send(spark);
    if (task.active) {
      Map<Integer, Broadcast<ShardMoments>> own = new TreeMap<>();
      task.averaging.moments().forEach((shard, kept) -> own.put(shard, spark.broadcast(kept)));
      moments.put(task.index, own);
    }
  }

  /** Whether there is a task to train. */
  public boolean areActive() {
    return !moments.isEmpty();
  }

  /** What those of the tasks get that are still trained. */
  public Map<Integer, RoundRunner.Assignment> assignments(List<TaskProgress> of) {
    Map<Integer, RoundRunner.Assignment> assignments = new HashMap<>();
    for (TaskProgress task : of) {
      if (moments.containsKey(task.index)) {
        assignments.put(
            task.index,
            new RoundRunner.Assignment(
                task.data.objective(),
                averaging.steps(task),
                task.totalSteps,
                task.state.send(spark),
                moments.get(task.index)));
      }
    }
    return assignments;
  }

  /**
   * How many updates the driver takes at a time: as many as fit into a small part of its memory, or
   * all where tasks share parameters.
   */
  public int atOnce() {
    return rounds.scope() == Scope.TASK
        ? atOnce(
            Runtime.getRuntime().maxMemory(),
            tasks.stream().mapToLong(task -> task.state.bytes() + task.momentsSent).max().orElse(1))
        : tasks.size();
  }

  public static int atOnce(long heap, long bytes) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, heap / SHARE_OF_HEAP / bytes));
  }

  /**
   * Puts states, shared as the scope says, in the place of those before, which executors can still
   * have: should one be lost, its shards are trained again.
   *
   * @throws DivergedException if too few of a task's shards are sound
   */
  public void take(List<RoundRunner.Update> updates, RoundWatch watch) {
    updates.forEach(update -> requireEnough(tasks.get(update.task()), update));
    List<TaskState> next =
        watch.measure(
            RoundClock.Part.REDUCE,
            () ->
                FedAvg.share(
                    updates.stream()
                        .map(
                            u ->
                                new FedAvg.Weighted(
                                    u.state(),
                                    TemperatureSampling.weight(u.examples(), rounds.temperature())))
                        .toList(),
                    layout,
                    rounds.scope()));
    for (int u = 0; u < updates.size(); u++) {
      TaskProgress task = tasks.get(updates.get(u).task());
      replaced.add(new Replaced(task, task.state, moments.get(task.index)));
      averaging.take(task, next.get(u), updates.get(u).moments());
      task.rounds++;
      watch.measure(RoundClock.Part.BROADCAST, () -> send(task));
    }
  }

  /** A round counts only if enough of a task's shards are sound. */
  private void requireEnough(TaskProgress task, RoundRunner.Update update) {
    int all = update.shards() + update.rejected();
    if (update.shards() == 0 || update.shards() < rounds.minShards() * all) {
      throw new DivergedException(
          String.format(
              "task '%s', round %d: the updates of %d of %d shards are rejected, and a share of %s"
                  + " must be sound (spark.minShards); %s",
              task.data.name(),
              task.rounds + 1,
              update.rejected(),
              all,
              rounds.minShards(),
              update.rejectedBecause()));
    }
  }

  /** All states of a round are taken: those before are given up, best ones kept here alone. */
  public void allTaken() {
    replaced.forEach(Replaced::giveUp);
    replaced.clear();
  }

  private record Replaced(
      TaskProgress task, KeptState state, Map<Integer, Broadcast<ShardMoments>> moments) {
    void giveUp() {
      task.release(state);
      moments.values().forEach(Broadcast::destroy);
    }
  }

  /** A round is over: executors need no states of tasks that are over too. */
  public void finishRound() {
    for (TaskProgress task : tasks) {
      if (!task.active && moments.containsKey(task.index)) {
        moments.remove(task.index).values().forEach(Broadcast::destroy);
        task.state.recall();
      }
    }
  }

  /**
   * What training made of the tasks, whose states are given up.
   *
   * @param form of the states
   */
  public List<TrainedTask> results(TaskAdapters adapters, StateForm form) {
    List<TrainedTask> results = new ArrayList<>();
    for (TaskProgress task : tasks) {
      results.add(task.result(averaging, adapters, form));
      task.giveUp();
    }
    return results;
  }

  @Override
  public void close() {
    allTaken();
    moments.values().forEach(own -> own.values().forEach(Broadcast::destroy));
    tasks.forEach(TaskProgress::giveUp);
  }
}
