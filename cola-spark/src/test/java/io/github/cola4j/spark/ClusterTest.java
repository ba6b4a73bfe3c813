package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.concurrent.BundledRdd;
import io.github.cola4j.spark.concurrent.Phases;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scala.Tuple2;

/** Two executors, each a JVM of its own, give what one thread gives. */
@Timeout(300)
class ClusterTest {
  private static final Map<Setup, TrainingRun> ONE_THREAD = new EnumMap<>(Setup.class);
  private static final Map<Setup, TrainingRun> TWO_THREADS = new EnumMap<>(Setup.class);

  @TempDir Path folder;

  private static SparkSession session;
  private static JavaSparkContext spark;

  /** What is trained. */
  enum Setup {
    RANDOM_PAIRING("random", 0.1, Scope.TASK),
    SHARED("random-reversed", 0, Scope.SHARED),
    SHARED_A("full", 0.1, Scope.SHARED_A);

    private final String pairing;
    private final double dropout;
    private final Scope scope;

    Setup(String pairing, double dropout, Scope scope) {
      this.pairing = pairing;
      this.dropout = dropout;
      this.scope = scope;
    }

    AdapterConfig adapter() {
      return TinyTasks.adapter(pairing, dropout);
    }

    RoundConfig rounds() {
      return TinyTasks.rounds(0, scope);
    }

    TrainingRun run(JavaSparkContext spark) {
      return TrainingRun.of(spark, adapter(), TinyTasks.TRAINING, rounds());
    }
  }

  @BeforeAll
  static void start() throws IOException {
    locally("local[1]", ONE_THREAD);
    locally("local[2]", TWO_THREADS);
    session = TestSpark.open(TestSpark.CLUSTER);
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  private static void locally(String master, Map<Setup, TrainingRun> runs) throws IOException {
    try (SparkSession local = TestSpark.open(master)) {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(local.sparkContext());
      for (Setup setup : Setup.values()) {
        runs.put(setup, setup.run(context));
      }
    }
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  /** Waits until both executors are there, after one was killed too. */
  private static void awaitExecutors() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    // the driver is one of the infos
    while (spark.sc().statusTracker().getExecutorInfos().length < 3) {
      assertThat(System.nanoTime()).as("two executors within two minutes").isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theResultIsThatOfOneThread(Setup setup) {
    awaitExecutors();
    TrainingRun expected = ONE_THREAD.get(setup);
    assertThat(expected.rounds()).extracting(RoundMetrics::shards).contains(3);

    TWO_THREADS.get(setup).assertEquals(expected);
    setup.run(spark).assertEquals(expected);
  }

  @Test
  void anExecutorLoadsTheModelOnceForAllTasksAndRounds() throws IOException {
    awaitExecutors();
    Path copy = TinyTasks.copy(folder.resolve("model"), "\n \n");
    MultiTaskTrainer trainer = trainer(copy, Setup.RANDOM_PAIRING);
    Map<String, Integer> before = loads();

    TrainingRun run = TrainingRun.of(trainer, TinyTasks.tasks(spark), round -> {});

    Map<String, Integer> after = loads();
    assertThat(run.rounds()).hasSizeGreaterThan(9);
    assertThat(before).hasSize(2);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    before.forEach(
        (executor, loads) -> assertThat(after.get(executor)).as(executor).isEqualTo(loads + 1));
  }

  private static MultiTaskTrainer trainer(Path model, Setup setup) {
    BaseModel loaded = BaseModelCache.load(model.toString());
    return new MultiTaskTrainer(spark, loaded, setup.adapter(), TinyTasks.TRAINING, setup.rounds());
  }

  /** How many models each executor has loaded. */
  private static Map<String, Integer> loads() {
    return spark
        .parallelize(IntStream.range(0, 8).boxed().toList(), 8)
        .mapToPair(
            i -> {
              Thread.sleep(100);
              return new Tuple2<>(SparkEnv.get().executorId(), BaseModelCache.loads());
            })
        .collectAsMap();
  }

  /** Of many small data sets some share a Spark task: those that one executor has. */
  @Test
  void dataSetsAreCollectedWhereTheyArePersisted() {
    awaitExecutors();
    List<JavaRDD<String>> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      all.add(
          spark
              .parallelize(List.of(i), 1)
              .map(row -> SparkEnv.get().executorId())
              .persist(StorageLevel.MEMORY_ONLY()));
    }
    List<String> computed = BundledRdd.union(spark, all).collect();
    spark.parallelize(List.of(1), 1).count(); // Spark forgets where they were before that job
    List<String> read = new ArrayList<>();
    try {
      Phases<JavaRDD<String>> phases = new Phases<>(all);
      phases.ask(
          1,
          rows ->
              List.of(
                  Phases.Question.of(
                      rows.map(executor -> executor + " " + SparkEnv.get().executorId()),
                      0,
                      read::addAll)));
      phases.done();
    } finally {
      all.forEach(rows -> rows.unpersist(true));
    }

    assertThat(Set.copyOf(computed)).hasSize(2);
    assertThat(read).isEqualTo(computed.stream().map(id -> id + " " + id).toList());
  }

  @Test
  void aModelFolderThatOnlyTheDriverHasIsShipped() throws IOException {
    awaitExecutors();
    Path copy = TinyTasks.copy(folder.resolve("driver only"), "   \n");
    MultiTaskTrainer trainer = trainer(copy, Setup.RANDOM_PAIRING);
    try (Stream<Path> files = Files.list(copy)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(copy);

    TrainingRun.of(trainer, TinyTasks.tasks(spark), round -> {})
        .assertEquals(ONE_THREAD.get(Setup.RANDOM_PAIRING));
  }

  @Test
  void executorsKilledWhileTheyComputeChangeNothing() {
    awaitExecutors();
    Setup setup = Setup.RANDOM_PAIRING;
    ExecutorKiller killer = new ExecutorKiller(spark, 2);
    spark.sc().addSparkListener(killer);
    TrainingRun run;
    try {
      run =
          TrainingRun.of(
              trainer(TinyTasks.folder(), setup),
              TinyTasks.tasks(spark),
              round -> {
                if (round.task().equals("medicine") && round.round() == 2) {
                  killer.arm(1); // trains
                } else if (round.task().equals("medicine") && round.round() == 3) {
                  killer.arm(2); // validates
                }
              });
    } finally {
      spark.sc().removeSparkListener(killer);
    }

    assertThat(killer.struck.get()).isEqualTo(2);
    assertThat(killer.failedTasks.get()).isPositive();
    run.assertEquals(ONE_THREAD.get(setup));
  }
}
