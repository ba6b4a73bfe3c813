package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.adapter.SharedAdapters;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.checkpoint.Checkpoint;
import io.github.cola4j.spark.checkpoint.CheckpointStore;
import io.github.cola4j.spark.checkpoint.FaultyFileSystem;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.ResultsFolder;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.SnapshotListener;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.Iterator;

/** Faults of executors, each a JVM of its own: the result is that of an undisturbed run. */
@Tag("faults")
@Timeout(600)
class ClusterFaultsTest {
  private static final FaultTable TABLE = new FaultTable("executors");
  private static SparkSession session;
  private static JavaSparkContext spark;
  private static TrainingRun expected;

  @BeforeAll
  static void start() throws IOException {
    try (SparkSession local = TestSpark.open("local[2]")) {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(local.sparkContext());
      expected = run(context, round -> {});
    }
    session = TestSpark.open(TestSpark.CLUSTER);
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  @AfterAll
  static void stop() throws IOException {
    session.stop();
    TABLE.print();
  }

  private static MultiTaskTrainer trainer(JavaSparkContext context) {
    return new MultiTaskTrainer(
        context,
        BaseModelCache.load(TinyTasks.folder().toString()),
        TinyTasks.adapter("random", 0.1),
        TinyTasks.TRAINING,
        TinyTasks.rounds(0, Scope.TASK));
  }

  private static TrainingRun run(JavaSparkContext context, Consumer<RoundMetrics> listener) {
    return TrainingRun.of(trainer(context), TinyTasks.tasks(context), listener);
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
        1,
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
   * Runs a job that executors are disturbed in, once.
   *
   * @param executors how many of them
   * @param job compares what it gives with what is expected
   * @return how many tasks failed
   */
  private static int survive(String fault, int executors, Consumer<ExecutorKiller> job) {
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
    assertThat(killer.struck.get()).as(fault).isEqualTo(executors);
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
  void killedInValidation() {
    assertThat(disturb("executor killed in validation", killer -> killer.arm(2))).isPositive();
  }

  /** The states are with the other executor too, so that nothing is trained again. */
  @Test
  void killedInValidationWhereStatesAreKeptTwice() {
    LongAdder trained = new LongAdder();
    SparkListener counters =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            Iterator<AccumulableInfo> all = end.taskInfo().accumulables().iterator();
            while (all.hasNext()) {
              AccumulableInfo one = all.next();
              if (one.name().contains("shards") && one.update().isDefined()) {
                trained.add((Long) one.update().get());
              }
            }
          }
        };
    spark.sc().conf().set("spark.cola4j.stateCopies", "2");
    spark.sc().addSparkListener(counters);
    try {
      assertThat(disturb("executor killed, states are kept twice", killer -> killer.arm(2)))
          .isPositive();
      spark.sc().listenerBus().waitUntilEmpty();
      assertThat(trained.sum())
          .isEqualTo(expected.rounds().stream().mapToLong(RoundMetrics::shards).sum());
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    } finally {
      spark.sc().removeSparkListener(counters);
      spark.sc().conf().remove("spark.cola4j.stateCopies");
    }
  }

  /** All states of the round are lost, and nobody has them: they are computed from the first on. */
  @Test
  void allKilledInARound() {
    int failed =
        survive(
            "all executors killed in a round",
            2,
            killer ->
                run(
                        spark,
                        round -> {
                          if (round.task().equals("medicine") && round.round() == 2) {
                            killer.arm(1, 2);
                          }
                        })
                    .assertEquals(expected));
    assertThat(failed).isPositive();
  }

  @Test
  void killedWhileItWritesACheckpoint(@TempDir Path folder) {
    Configuration configuration = new Configuration(spark.hadoopConfiguration());
    configuration.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    try (CheckpointStore store =
        CheckpointStore.open(configuration, "faulty://" + folder.resolve("kept"), 100)) {
      int failed =
          survive(
              "executor killed while it writes a checkpoint",
              1,
              killer ->
                  assertTrained(
                      null,
                      snapshot -> {
                        if (snapshot.round() == 2) {
                          killer.arm(1);
                        }
                        write(store, snapshot);
                      }));
      assertThat(failed).isPositive();
      assertThat(store.rounds()).startsWith(1, 2, 3);
      int last = store.rounds().get(store.rounds().size() - 1);
      for (int round = last; round > 2; round--) {
        FileUtils.deleteQuietly(
            folder.resolve(String.format(Locale.ROOT, "kept/round-%06d", round)).toFile());
      }
      TrainingSnapshot second =
          store.newest(folder, warning -> assertThat(warning).isNull()).training();
      assertThat(second.round()).isEqualTo(2);
      assertTrained(second, snapshot -> {});
    }
  }

  @Test
  void killedWhileItWritesAdapters(@TempDir Path folder) throws IOException {
    Configuration configuration = new Configuration(spark.hadoopConfiguration());
    configuration.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    SharedAdapters adapters =
        new SharedAdapters(configuration, "faulty://" + folder.resolve("adapters"));
    MultiTaskTrainer trainer = trainer(spark);
    List<? extends TaskData<?>> tasks = TinyTasks.tasks(spark);
    List<AdapterStore.Description> descriptions =
        tasks.stream().map(task -> trainer.describe(task).withData("of " + task.name())).toList();
    int last = expected.tasks().stream().mapToInt(TrainedTask::rounds).max().orElseThrow();
    int failed =
        survive(
            "executor killed while it writes adapters",
            1,
            killer -> {
              List<TrainedTask> trained =
                  trainer.train(
                      tasks,
                      round -> {},
                      null,
                      SnapshotListener.of(
                          1,
                          snapshot -> {
                            if (snapshot.round() == last) {
                              killer.arm(1);
                            }
                          }),
                      new ResultsFolder(adapters, descriptions));
              for (int t = 0; t < trained.size(); t++) {
                assertEqual(trained.get(t), expected.tasks().get(t), descriptions.get(t));
              }
            });
    assertThat(failed).isPositive();
    // Hadoop would give it to other tests of this JVM
    FileSystem.get(URI.create("faulty:///"), configuration).close();
  }

  private static void assertEqual(
      TrainedTask written, TrainedTask kept, AdapterStore.Description description) {
    assertThat(written.shared()).isNotNull();
    assertThat(kept.shared()).isNull();
    assertThat(written.theta()).isEqualTo(kept.theta());
    TrainedAdapter adapter = written.adapter();
    assertThat(adapter.description()).isEqualTo(description);
    assertThat(adapter.initial()).isEqualTo(kept.adapter().initial());
    AdapterMoments moments = adapter.moments().orElseThrow();
    AdapterMoments expectedMoments = kept.adapter().moments().orElseThrow();
    assertThat(moments.m()).isEqualTo(expectedMoments.m());
    assertThat(moments.v()).isEqualTo(expectedMoments.v());
    assertThat(moments.steps()).isEqualTo(expectedMoments.steps());
  }

  /** Trains with the cluster, and compares what comes out with the undisturbed training. */
  private static void assertTrained(TrainingSnapshot from, SnapshotListener snapshots) {
    List<TrainedTask> trained =
        trainer(spark).train(TinyTasks.tasks(spark), round -> {}, from, snapshots);
    for (int t = 0; t < trained.size(); t++) {
      assertThat(trained.get(t).theta()).isEqualTo(expected.tasks().get(t).theta());
    }
  }

  private static void write(CheckpointStore store, TrainingSnapshot snapshot) {
    try {
      store.write(new Checkpoint(Map.of("job", "faults"), snapshot), List.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aSlowExecutorIsWaitedFor() {
    assertThat(disturb("executor stands still for five seconds", killer -> killer.armPause(1, 5)))
        .isZero();
  }
}
