package io.github.cola4j.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.Example;
import io.github.cola4j.examples.wordnet.TaskSplits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rounds in tiny form: that the table has what was measured. */
class RoundsBenchTest {
  private static final String TINY_BERT = "../cola-core/src/test/resources/goldens/bert/model";

  @Test
  void aRowHasTheRoundsWithoutTheFirst() throws IOException {
    List<Example> examples =
        List.of(new Example("court order", null, "a"), new Example("bank rate", null, "b"));
    TaskSplits task = new TaskSplits("law", List.of("a", "b"), examples, examples, examples);
    RoundsBench.Row row;
    try (SparkSession session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate()) {
      row =
          RoundsBench.measure(
              JavaSparkContext.fromSparkContext(session.sparkContext()),
              List.of(task),
              TINY_BERT,
              new RoundsBench.Setup(2, 3, 2, 3, 5, 2, 2, true));
    }

    assertThat(row.rounds()).isEqualTo(2);
    assertThat(row.examples()).isEqualTo(2 * 3 * 2 * 16);
    assertThat(row.heap()).hasSize(3).allMatch(megabytes -> megabytes > 0);
    assertThat(row.notTraining()).isBetween(0.0, 1.0);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    RoundsBench.print(new PrintStream(bytes, true, StandardCharsets.UTF_8), row);
    assertThat(bytes.toString(StandardCharsets.UTF_8).strip().lines().toList())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .matches("2 +3 .*\\|( +[\\d.]+%){5} \\| +[\\d.]+%( +[\\d.]+){2} +\\d+"),
            line -> assertThat(line).contains(row.heap().toString()));
  }
}
