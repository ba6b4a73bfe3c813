package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A round's job, whose updates come to the driver some tasks at a time. */
class RoundRunnerTest extends LocalSparkTest {
  private static final RoundConfig ROUNDS = TinyTasks.rounds(0, Scope.TASK);

  /** What the first round of three tasks gives: updates as they come, and what is returned. */
  private record Round(List<List<RoundRunner.Update>> taken, List<RoundRunner.Update> counts) {
    static Round of(int atOnce) {
      AdaptedModules modules = new AdaptedModules(model.linears(), TinyTasks.ADAPTER);
      float[] initial = modules.initial(5);
      RoundAveraging averaging =
          RoundAveraging.of(ROUNDS, TinyTasks.TRAINING, modules, model.type());
      ModelReference reference = ModelReference.of(spark, model.location(), model.fingerprint());
      Broadcast<float[]> start = spark.broadcast(initial);
      RoundRunner runner =
          new RoundRunner(
              spark,
              new ShardJob("round", reference, TinyTasks.ADAPTER, TinyTasks.TRAINING, start),
              averaging,
              ROUNDS.lossLimit());
      TaskPreparation preparation =
          new TaskPreparation(
              spark,
              reference,
              TinyTasks.TRAINING,
              ROUNDS,
              task ->
                  new TaskPreparation.Begin(
                      TaskState.initial(task.objective().start(model, initial, 7)), 0));
      try (ShardedTasks tasks = preparation.shard(TinyTasks.tasks(spark));
          TaskStates states =
              new TaskStates(spark, tasks.all(), ROUNDS, averaging, modules.layout())) {
        List<List<RoundRunner.Update>> taken = new ArrayList<>();
        List<RoundRunner.Update> counts =
            runner.train(tasks.training(), states.assignments(tasks.all()), atOnce, taken::add);
        return new Round(taken, counts);
      } finally {
        start.destroy();
      }
    }

    List<RoundRunner.Update> updates() {
      return taken.stream()
          .flatMap(List::stream)
          .sorted(Comparator.comparingInt(RoundRunner.Update::task))
          .toList();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, '1 1 1'", "2, '2 1'", "3, 3", "100, 3"})
  void takesSomeTasksAtATime(int atOnce, String sizes) {
    Round all = Round.of(1000);
    Round some = Round.of(atOnce);

    assertThat(some.taken().stream().map(List::size).map(String::valueOf))
        .containsExactly(sizes.split(" "));
    assertThat(some.updates())
        .usingRecursiveComparison()
        .ignoringFields("times")
        .isEqualTo(all.updates());
    assertThat(some.counts())
        .usingRecursiveComparison()
        .ignoringFields("state", "moments")
        .isEqualTo(some.updates());
    assertThat(some.counts()).extracting(RoundRunner.Update::state).containsOnlyNulls();
    HeldBySpark.awaitNothing(spark);
  }

  @Test
  void asManyAsFitIntoASmallPartOfMemory() {
    assertThat(TaskStates.atOnce(1L << 30, 4_000_000)).isEqualTo(16);
    assertThat(TaskStates.atOnce(1L << 30, 1L << 29)).isEqualTo(1);
    assertThat(TaskStates.atOnce(Long.MAX_VALUE, 1)).isEqualTo(Integer.MAX_VALUE);
  }
}
