package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.internal.state.EarlyStopping;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.RoundCounts;
import io.github.cola4j.spark.internal.state.RoundOutcome;
import io.github.cola4j.spark.internal.state.ShardTimes;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.train.Evaluation;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;

/**
 * Some rounds of tasks that stay on a core: each is trained, averaged (which for one shard changes
 * no number), validated and decided on as by the driver. On executors.
 */
public record Leg(ShardRounds shards, Broadcast<List<TaskPlan>> plans) implements Serializable {

  /**
   * A task after a leg.
   *
   * @param outcomes of its rounds, in their order; none if it was over before
   */
  public record Stayed(HeldState state, List<RoundOutcome> outcomes) implements Serializable {}

  /** A task on its way. */
  private static final class Running {
    private final TaskUnit unit;
    private final TaskPlan plan;
    private final List<RoundOutcome> outcomes = new ArrayList<>();
    private HeldState held;
    private boolean rejected;

    Running(TaskUnit unit, TaskPlan plan, HeldState held) {
      this.unit = unit;
      this.plan = plan;
      this.held = held;
    }

    boolean goesOn() {
      return held.progress().active() && !rejected;
    }
  }

  /**
   * Trains tasks, those at once that are trained together.
   *
   * @param units of the tasks
   * @param states of the same tasks in the same order
   */
  public Iterator<Stayed> run(Iterator<TaskUnit> units, Iterator<HeldState> states, int rounds) {
    Iterator<Running> tasks =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return units.hasNext();
          }

          @Override
          public Running next() {
            TaskUnit unit = units.next();
            return new Running(unit, plans.value().get(unit.training().task()), states.next());
          }
        };
    return Partitions.lazily(
            new Grouped<>(shards, tasks, task -> shards.tokensOfStep(task.unit.training())))
        .flatMap(
            group -> {
              run(group, rounds);
              return group.stream().map(task -> new Stayed(task.held, List.copyOf(task.outcomes)));
            })
        .iterator();
  }

  private void run(List<Running> group, int rounds) {
    for (int r = 0; r < rounds; r++) {
      List<Running> active = group.stream().filter(Running::goesOn).toList();
      if (active.isEmpty()) {
        return;
      }
      List<ShardUpdate> updates = shards.train(active.stream().map(this::assigned).toList());
      for (int t = 0; t < active.size(); t++) {
        finish(active.get(t), updates.get(t));
      }
    }
  }

  private ShardRounds.Assigned assigned(Running task) {
    TaskShard shard = task.unit.training();
    return new ShardRounds.Assigned(
        task.plan,
        shards.rule().steps(task.plan, task.held.progress()),
        shards.rule().start(task.held, shard.shard().index()),
        shard,
        0);
  }

  private void finish(Running task, ShardUpdate update) {
    ShardReduction.Reduced reduced =
        ShardReduction.reduce(
            shards.rule(),
            shards.job().training(),
            task.plan,
            task.held,
            List.of(update).iterator());
    int round = task.held.progress().rounds() + 1;
    RoundCounts counts = reduced.counts().withBytes(0);
    task.rejected = !counts.areEnough(shards.rounds());
    if (task.rejected) {
      task.outcomes.add(
          new RoundOutcome(task.plan.index(), round, counts, 0, null, task.held.progress()));
      return;
    }
    HeldState after =
        shards.rule().take(task.held, reduced.steps(), reduced.mean(), reduced.moments());
    TaskProgress progress = after.progress();
    Evaluation score = null;
    if (task.plan.isDue(progress, shards.rounds())) {
      long start = System.nanoTime();
      score = validate(task, after);
      counts = counts.took(ShardTimes.ofValidation((System.nanoTime() - start) / 1e9));
      progress =
          progress.validated(
              score, EarlyStopping.judge(progress.stopping(), List.of(score), shards.rounds()));
    }
    task.held = after.decided(progress.goesOn(task.plan, shards.rounds()));
    task.outcomes.add(
        new RoundOutcome(task.plan.index(), round, counts, 0, score, task.held.progress()));
  }

  private Evaluation validate(Running task, HeldState state) {
    return task.unit.validation().stream()
        .map(
            shard ->
                ShardTrainer.evaluate(
                    shards.job(),
                    task.plan.objective(),
                    state.present().theta(),
                    shard.shard().samples()))
        .reduce(Evaluation::plus)
        .orElseThrow();
  }
}
