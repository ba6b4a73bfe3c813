package io.github.cola4j.spark;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.internal.prepare.ShardedTasks;
import io.github.cola4j.spark.internal.prepare.TaskPreparation;
import io.github.cola4j.spark.internal.round.RoundAveraging;
import io.github.cola4j.spark.internal.round.RoundRunner;
import io.github.cola4j.spark.internal.round.RoundWatch;
import io.github.cola4j.spark.internal.round.TaskProgress;
import io.github.cola4j.spark.internal.round.TaskStates;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * The training of one round of three tasks.
 *
 * @param taken the updates as they came
 * @param counts what was returned
 */
public record FirstRound(List<List<RoundRunner.Update>> taken, List<RoundRunner.Update> counts) {
  private static final RoundConfig ROUNDS = TinyTasks.rounds(0, Scope.TASK);

  /** Trains, and does something after some updates are taken. */
  public static FirstRound of(JavaSparkContext spark, int atOnce, Consumer<FirstRound> between) {
    BaseModel model = BaseModelCache.load(TinyTasks.folder().toString());
    AdaptedModules modules = new AdaptedModules(model.linears(), TinyTasks.ADAPTER);
    float[] initial = modules.initial(5);
    RoundAveraging averaging = RoundAveraging.of(ROUNDS, TinyTasks.TRAINING, modules, model.type());
    ModelReference reference = ModelReference.of(spark, model);
    Broadcast<float[]> start = spark.broadcast(initial);
    RoundRunner runner =
        new RoundRunner(
            spark,
            new TrainingContext("round", reference, TinyTasks.ADAPTER, TinyTasks.TRAINING, start),
            averaging,
            ROUNDS);
    TaskPreparation preparation =
        new TaskPreparation(
            spark,
            reference,
            TinyTasks.TRAINING,
            ROUNDS,
            task ->
                new TaskProgress.Begin(
                    TaskState.initial(task.objective().start(model, initial, 7)), 0));
    try (ShardedTasks tasks = preparation.shard(TinyTasks.tasks(spark));
        TaskStates states =
            new TaskStates(spark, tasks.all(), ROUNDS, averaging, modules.layout());
        RoundWatch watch = new RoundWatch(spark, tasks.all(), TinyTasks.TRAINING, 0)) {
      FirstRound round = new FirstRound(new ArrayList<>(), new ArrayList<>());
      round.counts.addAll(
          runner.train(
              tasks.training(),
              states.assignments(tasks.all()),
              atOnce,
              updates -> {
                states.take(updates, watch);
                round.taken.add(updates);
                between.accept(round);
              }));
      return round;
    } finally {
      start.destroy();
    }
  }

  /** All of them, by task. */
  public List<RoundRunner.Update> updates() {
    return taken.stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparingInt(RoundRunner.Update::task))
        .toList();
  }
}
