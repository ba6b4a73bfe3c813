package io.github.cola4j.spark.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.SparkJobs;
import io.github.cola4j.spark.concurrent.BundledRdd.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.reflect.ClassTag$;

class BundledRddTest extends LocalSparkTest {
  /** Six rows in three partitions: "a0" and "a1", "a2" and "a3", "a4" and "a5". */
  private static JavaRDD<String> rows(JavaSparkContext spark, String name) {
    return spark
        .parallelize(IntStream.range(0, 6).boxed().toList(), 3)
        .map(number -> name + number);
  }

  /** The same behind a shuffle, a partition for each of the numbers 0, 1 and 2 modulo 3. */
  private static JavaRDD<String> shuffled(JavaSparkContext spark, String name) {
    return rows(spark, name)
        .mapToPair(row -> new Tuple2<>(row.charAt(1) - '0', row))
        .partitionBy(new HashPartitioner(3))
        .values();
  }

  @Test
  void aUnionHasAllPartitionsInTheirOrder() {
    JavaRDD<String> all =
        BundledRdd.union(spark, List.of(rows(spark, "a"), rows(spark, "b"), rows(spark, "a")));

    assertThat(all.glom().collect())
        .containsExactly(
            List.of("a0", "a1"),
            List.of("a2", "a3"),
            List.of("a4", "a5"),
            List.of("b0", "b1"),
            List.of("b2", "b3"),
            List.of("b4", "b5"),
            List.of("a0", "a1"),
            List.of("a2", "a3"),
            List.of("a4", "a5"));
  }

  @Test
  void aBundleHasTheRowsOfItsPartsOneAfterTheOther() {
    JavaRDD<String> a = rows(spark, "a");
    JavaRDD<String> none = a.filter(row -> row.equals("a3"));

    JavaRDD<String> bundled =
        BundledRdd.of(
            spark,
            List.of(
                List.of(new Part<>(rows(spark, "b"), 2), new Part<>(a, 0), new Part<>(a, 1)),
                List.of(new Part<>(none, 0), new Part<>(none, 2)),
                List.of(new Part<>(none, 0), new Part<>(none, 1), new Part<>(a, 0))));

    assertThat(bundled.glom().collect())
        .containsExactly(
            List.of("b4", "b5", "a0", "a1", "a2", "a3"), List.of(), List.of("a3", "a0", "a1"));
  }

  @Test
  void partitionsThatAreNotAskedForAreNotComputed() {
    LongAccumulator computed = spark.sc().longAccumulator();
    JavaRDD<String> a =
        rows(spark, "a")
            .map(
                row -> {
                  computed.add(1);
                  return row;
                });

    assertThat(BundledRdd.of(spark, List.of(List.of(new Part<>(a, 1)))).collect())
        .containsExactly("a2", "a3");
    assertThat(computed.value()).isEqualTo(2);
  }

  @Test
  void shufflesInTheLineageRunBefore() {
    try (SparkJobs jobs = new SparkJobs(spark)) {
      JavaRDD<String> all =
          BundledRdd.union(
              spark, List.of(shuffled(spark, "a"), rows(spark, "b"), shuffled(spark, "c")));

      assertThat(sorted(all))
          .containsExactly(
              List.of("a0", "a3"),
              List.of("a1", "a4"),
              List.of("a2", "a5"),
              List.of("b0", "b1"),
              List.of("b2", "b3"),
              List.of("b4", "b5"),
              List.of("c0", "c3"),
              List.of("c1", "c4"),
              List.of("c2", "c5"));
      assertThat(jobs.started()).extracting(SparkJobs.Started::stages).containsExactly(3);
    }
  }

  private static List<List<String>> sorted(JavaRDD<String> rows) {
    return rows.glom().collect().stream().map(list -> list.stream().sorted().toList()).toList();
  }

  @Test
  void whatIsPersistedIsComputedOnceBelowAndAbove() {
    LongAccumulator computed = spark.sc().longAccumulator();
    JavaRDD<String> below = counted(rows(spark, "a"), computed);
    JavaRDD<String> above =
        BundledRdd.union(spark, List.of(below, counted(rows(spark, "b"), computed)));
    below.persist(StorageLevel.MEMORY_ONLY());
    above.persist(StorageLevel.MEMORY_ONLY());
    try {
      assertThat(above.count()).isEqualTo(12);
      assertThat(above.collect()).hasSize(12).startsWith("a0").endsWith("b5");
      assertThat(below.collect()).hasSize(6);
      assertThat(computed.value()).isEqualTo(12);
    } finally {
      above.unpersist(true);
      below.unpersist(true);
    }
  }

  private static JavaRDD<String> counted(JavaRDD<String> rows, LongAccumulator computed) {
    return rows.map(
        row -> {
          computed.add(1);
          return row;
        });
  }

  /** What travels with each Spark task: the stage's RDD, and a partition. */
  private static int[] bytes(int children) {
    List<JavaRDD<String>> all =
        IntStream.range(0, children)
            .mapToObj(i -> i < 5 ? shuffled(spark, "a") : rows(spark, "a"))
            .toList();
    JavaRDD<String> bundled = BundledRdd.union(spark, all).map(row -> row + "!");
    bundled.toDebugString(); // as Spark does, it goes through dependencies, which then are kept
    return new int[] {serialized(bundled.rdd()), serialized(bundled.rdd().partitions()[0])};
  }

  private static int serialized(Object it) {
    return SparkEnv.get()
        .closureSerializer()
        .newInstance()
        .serialize(it, ClassTag$.MODULE$.AnyRef())
        .remaining();
  }

  @Test
  void aSparkTaskIsAsLargeWithAThousandDataSetsAsWithTen() {
    int[] ten = bytes(10);
    int[] thousand = bytes(1000);

    assertThat(thousand[0]).isBetween(ten[0] - 50, ten[0] + 50);
    assertThat(thousand[1]).isBetween(ten[1] - 50, ten[1] + 50);
  }

  /** Spark keeps the data sets of each stage for its UI. */
  @Test
  void onlyDataSetsWithShufflesAreInAStagesLineage() {
    List<JavaRDD<String>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(rows(spark, "a"));
    }
    all.add(shuffled(spark, "b"));

    String lineage = BundledRdd.union(spark, all).toDebugString();

    assertThat(lineage.lines()).hasSizeLessThan(15);
    assertThat(lineage).contains("ShuffledRDD");
  }
}
