package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.train.TaskState;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** States are kept by Spark, and not in memory where there is none. */
class DriverMemoryTest {
  private static TrainingRun run(Map<String, String> settings, Consumer<RoundMetrics> listener)
      throws IOException {
    try (SparkSession session = TestSpark.open("local[2]", settings)) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      MultiTaskTrainer trainer =
          new MultiTaskTrainer(
              spark,
              BaseModelCache.load(TinyTasks.folder().toString()),
              TinyTasks.ADAPTER,
              TinyTasks.TRAINING,
              TinyTasks.rounds(0, Scope.TASK));
      return TrainingRun.of(trainer, TinyTasks.tasks(spark), listener);
    }
  }

  /**
   * States that cannot be collected, of this JVM. The histogram's own collection is left out where
   * a native method holds an array, and garbage would be counted; {@link System#gc} waits for it.
   */
  private static long states() {
    System.gc();
    try {
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      String histogram =
          (String)
              server.invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[] {"-all"}},
                  new String[] {String[].class.getName()});
      return histogram
          .lines()
          .map(String::strip)
          .filter(line -> line.contains(" " + TaskState.class.getName()))
          .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
          .sum();
    } catch (JMException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void statesAreOnDiskWhereMemoryIsShort() throws IOException {
    List<Long> withMemory = new ArrayList<>();
    List<Long> without = new ArrayList<>();

    TrainingRun usual = run(Map.of(), round -> withMemory.add(states()));
    long before = states(); // of other tests, in references that are cleared some time
    TrainingRun run =
        run(Map.of("spark.memory.fraction", "0.0001"), round -> without.add(states()));

    run.assertEquals(usual);
    assertThat(withMemory).allMatch(states -> states >= 3);
    assertThat(without).allMatch(states -> states <= before);
  }
}
