package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.internal.shard.Leg;
import io.github.cola4j.spark.internal.shard.PlacedTasks;
import io.github.cola4j.spark.internal.shard.TaskUnit;
import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.TaskProgress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Tasks with one shard each, which share nothing: there is nothing to average, so that each stays
 * with its state on a core, and several rounds are one Spark task. What is computed is the same as
 * round by round.
 */
final class StayingRounds implements TaskRounds {
  private final JavaRDD<TaskUnit> units;
  private final Leg leg;
  private final HeldStates states;
  private final Map<Integer, Integer> partitions = new HashMap<>(); // by task

  StayingRounds(JavaSparkContext spark, PlacedTasks placed, Leg leg, FirstStates first) {
    this.units = placed.units();
    this.leg = leg;
    this.states = HeldStates.of(spark, first, placed.byPartition());
    for (int p = 0; p < placed.byPartition().size(); p++) {
      for (int task : placed.byPartition().get(p)) {
        partitions.put(task, p);
      }
    }
  }

  @Override
  public List<List<RoundOutcome>> train(
      Map<Integer, TaskProgress> progress, int rounds, RoundWatch watch) {
    List<Integer> active =
        partitions.keySet().stream().sorted().filter(task -> progress.get(task).active()).toList();
    List<List<RoundOutcome>> byRound = new ArrayList<>();
    for (int r = 0; r < rounds; r++) {
      byRound.add(new ArrayList<>());
    }
    if (active.isEmpty()) {
      return byRound;
    }
    Leg work = leg;
    JavaRDD<Leg.Stayed> trained =
        units.zipPartitions(states.now(), (some, held) -> work.run(some, held, rounds));
    List<RoundOutcome> outcomes =
        watch.stay(
            active,
            rounds,
            () -> states.replace(trained, Leg.Stayed::state, row -> row.outcomes().stream()));
    for (RoundOutcome outcome : outcomes) {
      byRound.get(outcome.round() - progress.get(outcome.task()).rounds() - 1).add(outcome);
    }
    return byRound;
  }

  @Override
  public boolean has(int task) {
    return partitions.containsKey(task);
  }

  @Override
  public HeldStates states() {
    return states;
  }

  @Override
  public int partition(int task) {
    return partitions.get(task);
  }

  @Override
  public void close() {
    states.close();
  }
}
