package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundMetrics;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of executors, each a JVM of its own: the result is that of an undisturbed run. */
@Tag("faults")
@Timeout(600)
class ClusterFaultsTest {
  private static final FaultTable TABLE = new FaultTable("executors");
  private static SparkSession session;
  private static JavaSparkContext spark;
  private static TrainingRun expected;
  private static FirstRound expectedRound;

  @BeforeAll
  static void start() throws IOException {
    try (SparkSession local = TestSpark.open("local[2]")) {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(local.sparkContext());
      expected = run(context, round -> {});
      expectedRound = FirstRound.of(context, 3, round -> {});
    }
    session = TestSpark.open(TestSpark.CLUSTER);
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  @AfterAll
  static void stop() throws IOException {
    session.stop();
    TABLE.print();
  }

  private static TrainingRun run(JavaSparkContext context, Consumer<RoundMetrics> listener) {
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            context,
            BaseModelCache.load(TinyTasks.folder().toString()),
            TinyTasks.adapter("random", 0.1),
            TinyTasks.TRAINING,
            TinyTasks.rounds(0, Scope.TASK));
    return TrainingRun.of(trainer, TinyTasks.tasks(context), listener);
  }

  /** Waits until both executors are there, after one was killed too. */
  private static void awaitExecutors() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(240);
    // the driver is one of the infos
    while (spark.sc().statusTracker().getExecutorInfos().length < 3) {
      assertThat(System.nanoTime()).as("two executors in time").isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  /**
   * Does something to an executor after the second round.
   *
   * @return how many tasks failed
   */
  private static int disturb(String fault, Consumer<ExecutorKiller> arm) {
    return survive(
        fault,
        killer ->
            run(
                    spark,
                    round -> {
                      if (round.task().equals("medicine") && round.round() == 2) {
                        arm.accept(killer);
                      }
                    })
                .assertEquals(expected));
  }

  /**
   * Runs a job that an executor is disturbed in, once.
   *
   * @param job compares what it gives with what is expected
   * @return how many tasks failed
   */
  private static int survive(String fault, Consumer<ExecutorKiller> job) {
    awaitExecutors();
    ExecutorKiller killer = new ExecutorKiller(spark, 2);
    spark.sc().addSparkListener(killer);
    boolean survived = false;
    try {
      job.accept(killer);
      survived = true;
    } finally {
      spark.sc().removeSparkListener(killer);
      TABLE.add(fault, survived);
    }
    assertThat(killer.struck.get()).as(fault).isEqualTo(1);
    return killer.failedTasks.get();
  }

  @Test
  void killedInTraining() {
    assertThat(disturb("executor killed in training", killer -> killer.arm(1))).isPositive();
  }

  @Test
  void killedInReduction() {
    assertThat(disturb("executor killed in reduction", killer -> killer.armLastStage(1)))
        .isPositive();
  }

  @Test
  void killedWhenSomeTasksAreTaken() {
    int failed =
        survive(
            "executor killed when some tasks' states are taken",
            killer -> {
              FirstRound round =
                  FirstRound.of(
                      spark,
                      1,
                      sofar -> {
                        if (sofar.taken().size() == 1) {
                          killer.arm(1);
                        }
                      });
              assertThat(round.taken()).hasSize(3);
              assertThat(round.updates())
                  .usingRecursiveComparison()
                  .ignoringFields("times")
                  .isEqualTo(expectedRound.updates());
            });
    assertThat(failed).isPositive();
  }

  @Test
  void killedInValidation() {
    assertThat(disturb("executor killed in validation", killer -> killer.arm(2))).isPositive();
  }

  @Test
  void aSlowExecutorIsWaitedFor() {
    assertThat(disturb("executor stands still for five seconds", killer -> killer.armPause(1, 5)))
        .isZero();
  }
}
