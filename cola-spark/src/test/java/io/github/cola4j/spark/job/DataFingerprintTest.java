package io.github.cola4j.spark.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DataFingerprintTest {
  private static final Example ONE = new Example("the court", null, "law");
  private static final Example TWO = new Example("the bank", null, "finance");

  private static JavaSparkContext spark;

  @BeforeAll
  static void open() {
    spark = JavaSparkContext.fromSparkContext(TestSpark.open("local[2]").sparkContext());
  }

  @AfterAll
  static void close() {
    spark.close();
  }

  private static String of(int parts, Example... examples) {
    return DataFingerprint.of(spark.parallelize(List.of(examples), parts));
  }

  @Test
  void itIsOfTheExamplesAndNotOfTheirOrder() {
    assertThat(of(1, ONE, TWO)).isEqualTo(of(2, TWO, ONE)).hasSize(64);
    assertThat(of(1, ONE, TWO))
        .isNotEqualTo(of(1, ONE))
        .isNotEqualTo(of(1, ONE, TWO, TWO))
        .isNotEqualTo(of(1, ONE, new Example("the bank", null, "law")));
    assertThat(of(1)).isEqualTo("0".repeat(64));
  }

  @Test
  void inOrderItIsOfNumberedExamples() {
    String expected =
        "2 examples " + DataFingerprint.of(spark.parallelize(List.of("0 " + ONE, "1 " + TWO)));

    for (int parts : new int[] {1, 2, 3}) {
      assertThat(DataFingerprint.ordered(spark.parallelize(List.of(ONE, TWO), parts)))
          .isEqualTo(expected);
    }
    assertThat(DataFingerprint.ordered(spark.parallelize(List.of(TWO, ONE), 1)))
        .isNotEqualTo(expected);
  }
}
