package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.model.GpuBinding;
import io.github.cola4j.spark.training.RoundConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spark's scheduling of GPUs that a discovery script makes up, on an executor of four cores. */
@Timeout(600)
class GpuClusterTest {
  @TempDir Path folder;

  private SparkSession open(double amount) throws IOException {
    Path script =
        Files.writeString(
            folder.resolve("discover"),
            "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"0\", \"1\"]}'\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return TestSpark.open(
        "local-cluster[1,4,1024]",
        Map.of(
            "spark.worker.resource.gpu.amount",
            "2",
            "spark.worker.resource.gpu.discoveryScript",
            script.toString(),
            "spark.executor.resource.gpu.amount",
            "2",
            "spark.task.resource.gpu.amount",
            String.valueOf(amount)));
  }

  /** How many tasks that run at the same time have which address. */
  @ParameterizedTest
  @CsvSource({"1, 1", "0.5, 2"})
  void tasksThatRunTogetherDivideTheGpus(double amount, long tasksOfOne) throws IOException {
    try (SparkSession session = open(amount)) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      int together = (int) (2 * tasksOfOne);

      Map<String, Long> tasks =
          spark
              .parallelize(IntStream.range(0, together).boxed().toList(), together)
              .map(
                  i -> {
                    Thread.sleep(5000); // all have started before one ends
                    return GpuBinding.addresses();
                  })
              .collect()
              .stream()
              .collect(Collectors.groupingBy(List::toString, Collectors.counting()));

      assertThat(tasks).isEqualTo(Map.of("[0]", tasksOfOne, "[1]", tasksOfOne));
    }
  }

  @Test
  void withoutCudaTheExecutorTrainsOnTheCpu() throws IOException {
    TrainingRun expected;
    try (SparkSession local = TestSpark.open("local[2]")) {
      expected = run(local);
    }
    try (SparkSession session = open(0.5)) {
      run(session).assertEquals(expected);
    }
  }

  private static TrainingRun run(SparkSession session) {
    return TrainingRun.of(
        JavaSparkContext.fromSparkContext(session.sparkContext()),
        TinyTasks.ADAPTER,
        TinyTasks.TRAINING,
        RoundConfig.defaults());
  }
}
