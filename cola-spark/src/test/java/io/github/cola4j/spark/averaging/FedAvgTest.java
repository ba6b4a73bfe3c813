package io.github.cola4j.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.spark.internal.shard.SharedParts;
import io.github.cola4j.train.TaskState;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every averaging rule against a plain loop. */
class FedAvgTest {
  private static final ParameterLayout ADAPTERS =
      new ParameterLayout.Builder()
          .add("x/A", Kind.A, 5, 2)
          .add("x/B", Kind.B, 3, 2)
          .add("y/A", Kind.A, 4, 2)
          .add("y/B", Kind.B, 6, 2)
          .build();

  private static float[] vector(int length, SplittableRandom random) {
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) random.nextDouble(-1, 1);
    }
    return vector;
  }

  private static TaskState state(int length, int step, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return new TaskState(
        vector(length, random), vector(length, random), vector(length, random), step);
  }

  private static Weighted weighted(int length, int step, long weight) {
    return new Weighted(state(length, step, weight), weight);
  }

  /** The plain mean of element i. */
  private static float mean(
      List<Weighted> states, Function<TaskState, float[]> vector, int element) {
    double sum = 0;
    double weights = 0;
    for (Weighted weighted : states) {
      sum += (double) weighted.weight() * vector.apply(weighted.state())[element];
      weights += weighted.weight();
    }
    return (float) (sum / weights);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void isTheMeanWeightedByExamples(int shards) {
    List<Weighted> updates =
        IntStream.range(0, shards).mapToObj(k -> weighted(50, 9, 31L * k + 17)).toList();

    TaskState mean = FedAvg.average(updates);

    assertThat(mean.step()).isEqualTo(9);
    for (Function<TaskState, float[]> vector :
        List.<Function<TaskState, float[]>>of(TaskState::theta, TaskState::m, TaskState::v)) {
      for (int i = 0; i < 50; i++) {
        assertThat(vector.apply(mean)[i]).isEqualTo(mean(updates, vector, i));
      }
    }
  }

  @Test
  void aShardThatSawNothingCountsNothing() {
    TaskState seen = state(20, 4, 1);
    TaskState mean =
        FedAvg.average(List.of(new Weighted(seen, 7), new Weighted(state(20, 4, 2), 0)));

    assertThat(mean.theta()).isEqualTo(seen.theta());
    assertThat(mean.v()).isEqualTo(seen.v());
  }

  @Test
  void oneStateAloneComesBackToTheBit() {
    float[] odd = {-0f, 0f, Float.MIN_VALUE, -Float.MAX_VALUE, 1f / 3, 1e-40f};
    TaskState alone = new TaskState(odd, odd.clone(), odd.clone(), 3);

    TaskState mean = FedAvg.average(List.of(new Weighted(alone, 400_000_007)));

    assertThat(mean.theta()).isEqualTo(odd);
    assertThat(mean.m()).isEqualTo(odd);
    assertThat(mean.v()).isEqualTo(odd);
  }

  @ParameterizedTest
  @EnumSource
  void sharesWhatTheScopeNamesAndNothingElse(Scope scope) {
    // heads of different sizes behind the same adapters
    int adapters = ADAPTERS.length();
    List<Weighted> tasks =
        List.of(
            weighted(adapters + 6, 5, 400),
            weighted(adapters + 9, 5, 37),
            weighted(adapters, 5, 81));
    List<TaskState> before = tasks.stream().map(Weighted::state).map(FedAvgTest::copy).toList();

    List<TaskState> after = share(tasks, ADAPTERS, scope);

    for (int t = 0; t < tasks.size(); t++) {
      assertThat(after.get(t).step()).isEqualTo(5);
      for (Function<TaskState, float[]> vector :
          List.<Function<TaskState, float[]>>of(TaskState::theta, TaskState::m, TaskState::v)) {
        float[] own = vector.apply(before.get(t));
        float[] expected = own.clone();
        for (ParameterLayout.Entry entry : ADAPTERS.entries()) {
          boolean shared =
              scope == Scope.SHARED || (scope == Scope.SHARED_A && entry.kind() == Kind.A);
          for (int i = 0; shared && i < entry.length(); i++) {
            expected[entry.offset() + i] = mean(tasks, vector, entry.offset() + i);
          }
        }
        assertThat(vector.apply(after.get(t))).isEqualTo(expected);
        // the arguments stay as they were
        assertThat(vector.apply(tasks.get(t).state())).isEqualTo(own);
      }
    }
  }

  /** Means over tasks, part by part. */
  private static List<TaskState> share(List<Weighted> tasks, ParameterLayout layout, Scope scope) {
    SharedParts shared = SharedParts.of(layout, scope, 20);
    List<TaskState> means =
        IntStream.range(0, shared.parts().size())
            .mapToObj(
                part ->
                    FedAvg.average(
                        tasks.stream()
                            .map(t -> new Weighted(shared.part(part, t.state()), t.weight()))
                            .toList()))
            .toList();
    return tasks.stream().map(task -> shared.replace(task.state(), means)).toList();
  }

  private static TaskState copy(TaskState state) {
    return new TaskState(state.theta().clone(), state.m().clone(), state.v().clone(), state.step());
  }

  private static void assertRefused(String message, Weighted... updates) {
    assertThatExceptionOfType(InconsistentUpdatesException.class)
        .isThrownBy(() -> FedAvg.average(List.of(updates)))
        .withMessageContaining(message);
  }

  @Test
  void refusesUpdatesThatDoNotFitTogether() {
    assertRefused(
        "expected 10 parameters after step 4 from every shard, got 11 after step 4",
        weighted(10, 4, 3),
        weighted(11, 4, 3));
    assertRefused("got 10 after step 5", weighted(10, 4, 3), weighted(10, 5, 3));
    assertRefused("with weight -1", weighted(10, 4, 3), new Weighted(state(10, 4, 1), -1));
    assertRefused("no shard trained an example", new Weighted(state(10, 4, 1), 0));
    assertRefused("no shard trained an example");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void refusesWhatIsNotFinite(float bad) {
    for (int vector = 0; vector < 3; vector++) {
      TaskState state = state(10, 4, 1);
      List.of(state.theta(), state.m(), state.v()).get(vector)[6] = bad;

      assertRefused("parameter 6 is " + bad, weighted(10, 4, 2), new Weighted(state, 1));
      assertThatExceptionOfType(InconsistentUpdatesException.class)
          .isThrownBy(
              () ->
                  share(
                      List.of(weighted(10, 4, 2), new Weighted(state, 1)),
                      new ParameterLayout.Builder().add("x/A", Kind.A, 10, 1).build(),
                      Scope.SHARED_A));
    }
  }

  @Test
  void refusesToShareBetweenTasksOutOfStep() {
    List<Weighted> tasks = List.of(weighted(40, 4, 3), weighted(40, 5, 3));

    assertThatExceptionOfType(InconsistentUpdatesException.class)
        .isThrownBy(() -> share(tasks, ADAPTERS, Scope.SHARED))
        .withMessageContaining("after step 5");
    assertThat(SharedParts.of(ADAPTERS, Scope.TASK, 20).parts()).isEmpty();
  }
}
