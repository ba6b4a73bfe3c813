package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.internal.round.JobLabel;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import scala.collection.Iterator;

/** What Spark's UI, its metrics system and {@code metrics.jsonl} tell of a training. */
@Timeout(120)
class WatchingTest {
  private static final int VALIDATE_EVERY = 3;
  private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();

  private final Jobs jobs = new Jobs();
  private SparkSession session;
  private JavaSparkContext spark;

  /** What the UI would show. */
  private static final class Jobs extends SparkListener {
    private final List<String> descriptions = new CopyOnWriteArrayList<>();
    private final Map<String, Long> counted = new ConcurrentHashMap<>();
    private volatile boolean ended;

    @Override
    public void onJobStart(SparkListenerJobStart start) {
      descriptions.add(String.valueOf(start.properties().get("spark.job.description")));
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted stage) {
      Iterator<AccumulableInfo> infos = stage.stageInfo().accumulables().values().iterator();
      while (infos.hasNext()) {
        AccumulableInfo info = infos.next();
        if (Set.of("shards", "examples", "tokens").contains(info.name().getOrElse(() -> ""))) {
          counted.merge(info.name().get(), (Long) info.value().get(), Math::max);
        }
      }
    }

    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd end) {
      ended = true;
    }

    void awaitEnd() {
      while (!ended) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      }
    }
  }

  @BeforeEach
  void start() {
    session =
        TestSpark.open(
            "local[2]",
            Map.of("spark.metrics.conf.*.sink.jmx.class", "org.apache.spark.metrics.sink.JmxSink"));
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    spark.sc().addSparkListener(jobs);
  }

  @AfterEach
  void stop() {
    session.stop();
  }

  private TrainingRun train(Consumer<RoundMetrics> listener) {
    BaseModel model = BaseModelCache.load(TinyTasks.folder().toString());
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            spark,
            model,
            TinyTasks.ADAPTER,
            TinyTasks.TRAINING,
            TinyTasks.rounds(0, Scope.SHARED_A, VALIDATE_EVERY));
    return TrainingRun.of(trainer, TinyTasks.tasks(spark), listener);
  }

  @Test
  void jobsAreCalledByRoundAndTasks() {
    spark.setLocalProperty("spark.job.description", "nightly");

    TrainingRun run = train(round -> {});

    assertThat(spark.getLocalProperty("spark.job.description")).isEqualTo("nightly");
    session.stop();
    jobs.awaitEnd();
    int rounds = run.rounds("law").size();
    List<String> expected = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      expected.add("round " + round + ": training law, medicine, pairs (3 of 3 tasks)");
      if (round % VALIDATE_EVERY == 0 || round == rounds) {
        expected.add("round " + round + ": validating law, medicine, pairs (3 of 3 tasks)");
      }
    }
    assertThat(jobs.descriptions)
        .filteredOn(description -> description.startsWith("round"))
        .isEqualTo(expected);
    assertThat(jobs.descriptions)
        .filteredOn(description -> !description.startsWith("round"))
        .containsOnly("nightly");
  }

  @Test
  void longListsOfTasksAreCutShort() {
    assertThat(JobLabel.ofRounds(7, 1, "training", List.of("a", "b", "c", "d", "e", "f"), 9))
        .isEqualTo("round 7: training a, b, c, d, e, … (6 of 9 tasks)");
  }

  @Test
  void accumulatorsCountWhatWasTrained() {
    TrainingRun run = train(round -> {});

    session.stop();
    jobs.awaitEnd();
    assertThat(jobs.counted)
        .containsOnly(
            Map.entry("shards", run.rounds().stream().mapToLong(RoundMetrics::shards).sum()),
            Map.entry("examples", run.rounds().stream().mapToLong(RoundMetrics::examples).sum()),
            Map.entry("tokens", run.rounds().stream().mapToLong(RoundMetrics::tokens).sum()));
  }

  @Test
  void aSinkOfSparkSeesTheNewestRoundUntilTheTrainingEnds() {
    Map<String, RoundMetrics> newest = new TreeMap<>();
    Map<String, Double> validated = new TreeMap<>();

    TrainingRun run =
        train(
            round -> {
              newest.put(round.task(), round);
              String task = "task." + round.task() + ".";
              assertThat(gauge("round")).isEqualTo(round.round());
              assertThat(gauge("seconds")).isEqualTo(round.seconds());
              assertThat(gauge("seconds.train")).isEqualTo(round.time().train());
              assertThat(gauge("seconds.validate")).isEqualTo(round.time().validate());
              assertThat(gauge("examplesPerSecond")).isEqualTo(round.examplesPerSecond());
              assertThat(gauge(task + "step")).isEqualTo(round.step());
              assertThat(gauge(task + "loss")).isEqualTo(round.loss());
              if (round.validated()) {
                validated.put(round.task(), round.accuracy());
              }
              assertThat(gauge(task + "accuracy"))
                  .isEqualTo(validated.getOrDefault(round.task(), 0.0));
              assertThat(gauge("loss"))
                  .isCloseTo(
                      newest.values().stream().mapToDouble(RoundMetrics::loss).average().orElse(0),
                      within(1e-12));
            });

    assertThat(run.rounds()).hasSizeGreaterThan(5);
    assertThat(beans("*")).isEmpty();
  }

  private double gauge(String name) {
    try {
      ObjectName bean = beans(name).iterator().next();
      return (Double) BEANS.getAttribute(bean, "Value");
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }

  private Set<ObjectName> beans(String name) {
    try {
      return BEANS.queryNames(
          new ObjectName(
              "metrics:name="
                  + spark.sc().applicationId()
                  + ".driver.cola4j."
                  + name
                  + ",type=gauges"),
          null);
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theTimeOfARoundIsItsParts() {
    long start = System.nanoTime();
    TrainingRun run =
        train(
            round -> {
              if (round.round() == 2 && round.task().equals("law")) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(700));
              }
            });
    double seconds = (System.nanoTime() - start) / 1e9;

    List<RoundMetrics> rounds = run.rounds("law");
    for (RoundMetrics round : rounds) {
      RoundTime time = round.time();
      assertThat(time.total()).isCloseTo(round.seconds(), within(1e-9));
      assertThat(List.of(time.train(), time.waiting(), time.reduce(), time.broadcast()))
          .allMatch(part -> part > 0 && part < round.seconds());
      assertThat(time.validate() > 0).isEqualTo(round.validated());
      assertThat(time.checkpoint()).isLessThan(0.05); // nobody takes the states
      assertTrainsOnTwoThreads(run, round);
      assertThat(round.slowestShardSeconds())
          .isBetween(round.shardSeconds() / round.shards(), round.shardSeconds());
    }
    assertThat(rounds.stream().mapToDouble(RoundMetrics::seconds).sum()).isLessThan(seconds);
    // the listener's sleep after round 2 is time that executors wait in round 3
    assertThat(rounds.get(2).time().waiting()).isGreaterThan(0.7);
  }

  /** Of a round's seven shards. */
  private static void assertTrainsOnTwoThreads(TrainingRun run, RoundMetrics round) {
    double inTasks =
        run.rounds().stream()
            .filter(m -> m.round() == round.round())
            .mapToDouble(RoundMetrics::shardSeconds)
            .sum();
    assertThat(round.time().train()).isBetween(0.4 * inTasks, 0.5001 * inTasks);
  }

  @Test
  void aSlowListenerOfSparkDoesNotSpoilTheTimes() {
    AtomicBoolean slow = new AtomicBoolean();
    spark
        .sc()
        .addSparkListener(
            new SparkListener() {
              @Override
              public void onStageCompleted(SparkListenerStageCompleted stage) {
                if (slow.get() && stage.stageInfo().shuffleDepId().isDefined()) {
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
                }
              }
            });

    TrainingRun run = train(round -> slow.set(true));

    // the news that a round's reduction has begun comes after its end
    run.rounds("law").forEach(round -> assertTrainsOnTwoThreads(run, round));
  }
}
