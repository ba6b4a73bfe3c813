package io.github.cola4j.spark.internal.round;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.averaging.AveragingState;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.Test;

/** States that Spark keeps from round to round. */
class HeldStatesTest extends LocalSparkTest {
  private static final int TASKS = 7;

  private static HeldState next(HeldState held) {
    float[] theta = {held.present().theta()[0] + 1 + held.task()};
    return held.trained(
        new TaskState(theta, new float[1], new float[1], held.present().step() + 1),
        AveragingState.NONE);
  }

  @Test
  void aRoundReplacesTheOneBeforeAndLineageEnds() {
    JavaRDD<HeldState> first =
        spark
            .parallelize(IntStream.range(0, TASKS).boxed().toList(), 3)
            .map(
                task ->
                    HeldState.first(
                        task, TaskProgress.start(0), TaskState.initial(new float[] {task})));
    List<Integer> lineage = new ArrayList<>();
    try (HeldStates states = new HeldStates(spark, first)) {
      for (int round = 1; round <= 20; round++) {
        List<Integer> steps =
            states.replace(
                states.now().map(HeldStatesTest::next),
                held -> held,
                held -> Stream.of(held.progress().step()));
        assertThat(steps).hasSize(TASKS).containsOnly(round);
        assertThat(spark.getPersistentRDDs()).hasSize(1);
        lineage.add(states.now().toDebugString().split("\n").length);
      }
      List<HeldState> all = new ArrayList<>();
      states.forEach(all::add);
      all.sort(Comparator.comparingInt(HeldState::task));
      for (int task = 0; task < TASKS; task++) {
        HeldState held = all.get(task);
        assertThat(held.present().theta()).containsExactly(task + 20 * (1 + task));
        assertThat(held.progress().rounds()).isEqualTo(20);
      }
      assertThat(all).hasSize(TASKS);
    }
    // cut after rounds 8 and 16
    assertThat(lineage.get(8)).isLessThan(lineage.get(6));
    assertThat(lineage.get(16)).isLessThan(lineage.get(14));
    assertThat(spark.getPersistentRDDs()).isEmpty();
  }

  @Test
  void theDriverTakesAsManyAsFitIntoASmallPartOfMemory() {
    assertThat(HeldStates.atOnce(1L << 30, 4_000_000)).isEqualTo(16);
    assertThat(HeldStates.atOnce(1L << 30, 1L << 29)).isEqualTo(1);
    assertThat(HeldStates.atOnce(Long.MAX_VALUE, 1)).isEqualTo(Integer.MAX_VALUE);
  }
}
