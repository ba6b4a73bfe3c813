package io.github.cola4j.spark.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TestSpark;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowGroupTest {
  private static SparkSession session;
  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    session = TestSpark.open("local[2]");
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 40})
  void groupsAreTheSameWhateverThePartitions(int partitions) {
    List<Integer> rows = IntStream.range(100, 123).boxed().toList();
    JavaRDD<RowGroup<Integer>> groups = RowGroup.of(spark.parallelize(rows, partitions), 5);
    assertThat(groups.collect())
        .containsExactly(
            new RowGroup<>(0, rows.subList(0, 5)),
            new RowGroup<>(5, rows.subList(5, 10)),
            new RowGroup<>(10, rows.subList(10, 15)),
            new RowGroup<>(15, rows.subList(15, 20)),
            new RowGroup<>(20, rows.subList(20, 23)));
    assertThat(groups.getNumPartitions()).isBetween(2, 5);
  }

  @Test
  void noRowsAreNoGroups() {
    assertThat(RowGroup.of(spark.parallelize(List.<String>of(), 3), 5).collect()).isEmpty();
  }
}
