package io.github.cola4j.spark.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.ml.ColaClassificationModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/how-to/spark-ml.md: it is that text, and does what the page says. */
class TicketsTest {
  private static final int LINES = 22;

  @TempDir Path folder;

  @Test
  void thePageHasTheProgram() throws IOException {
    DocumentedProgram.requireOn("how-to/spark-ml.md", Tickets.class, LINES);
  }

  /** A model that was written to a URI is the same in another JVM. */
  @Test
  @Tag("long")
  void anotherJvmLabelsAsThisOneDoes() throws IOException, InterruptedException {
    Path rows = folder.resolve("rows.jsonl");
    List<Example> examples = TinyTasks.examples("tickets", 40, 2, false);
    Files.write(
        rows,
        examples.stream()
            .map(e -> String.format("{\"text\": \"%s\", \"label\": \"%s\"}", e.text(), e.label()))
            .toList());
    String path = folder.resolve("model").toUri().toString();
    String labelled = folder.resolve("labelled").toUri().toString();
    try (SparkSession spark =
        TestSpark.open("local[2]", Map.of("spark.sql.shuffle.partitions", "2"))) {
      Tickets.main(new String[] {"train", TinyTasks.folder().toString(), rows.toString(), path});
      OtherJvm.run(Tickets.class, "label", path, rows.toString(), labelled);

      Dataset<Row> here =
          ColaClassificationModel.load(path).transform(spark.read().json(rows.toString()));
      List<Row> there = spark.read().parquet(labelled).collectAsList();
      assertThat(there)
          .hasSize(examples.size())
          .containsExactlyInAnyOrderElementsOf(here.collectAsList());
      assertThat(there)
          .extracting(row -> row.<String>getAs("predictedLabel"))
          .as("a model that tells apart")
          .contains("a", "b");
    }
  }
}
