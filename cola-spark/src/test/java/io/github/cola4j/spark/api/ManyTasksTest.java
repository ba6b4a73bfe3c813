package io.github.cola4j.spark.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.adapter.AdapterFolder;
import io.github.cola4j.spark.inference.AdapterRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/how-to/java.md: it is that text, and does what the page says. */
class ManyTasksTest {
  private static final List<String> TASKS = List.of("law", "medicine", "money");
  private static final int LINES = 25;

  @TempDir Path folder;

  @Test
  void thePageHasTheProgram() throws IOException {
    DocumentedProgram.requireOn("how-to/java.md", ManyTasks.class, LINES);
  }

  /** Saved to a Hadoop URI by this JVM, loaded and used by another one. */
  @Test
  void anotherJvmLabelsAsThisOneDoes() throws IOException, InterruptedException {
    Path rows = folder.resolve("rows.jsonl");
    Files.write(rows, rows());
    String adapters = folder.resolve("adapters").toUri().toString();
    Map<Long, String> expected = new TreeMap<>();
    try (SparkSession session = TestSpark.open("local[2]")) {
      ManyTasks.main(
          new String[] {"train", TinyTasks.folder().toString(), rows.toString(), adapters});
      assertThat(AdapterFolder.in(session, adapters))
          .extracting(AdapterFolder::uri)
          .allMatch(uri -> uri.startsWith("file:/"))
          .extracting(uri -> uri.substring(uri.lastIndexOf('/') + 1))
          .isEqualTo(TASKS);
      try (AdapterRunner runner = AdapterRunner.load(session, adapters + "/medicine")) {
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        List<AdapterRunner.Prediction> predictions =
            runner.predict(spark.parallelize(examples(), 2)).collect();
        for (int i = 0; i < predictions.size(); i++) {
          expected.put((long) i, predictions.get(i).label());
        }
      }
      assertThat(expected.values()).as("an adapter that tells apart").contains("a", "b");

      String labelled = folder.resolve("labelled").toUri().toString();
      OtherJvm.run(ManyTasks.class, "label", adapters + "/medicine", rows.toString(), labelled);

      Dataset<Row> out = session.read().json(labelled);
      assertThat(out.columns())
          .containsExactlyInAnyOrder(
              "id", "task", "text", "label", "tags", "prediction", "probabilities");
      List<Row> all = out.orderBy("id").collectAsList();
      assertThat(all).hasSize(expected.size());
      List<Row> given = session.read().json(rows.toString()).orderBy("id").collectAsList();
      for (int i = 0; i < all.size(); i++) {
        Row row = all.get(i);
        for (String column : List.of("id", "task", "text", "label", "tags")) {
          assertThat(row.<Object>getAs(column)).isEqualTo(given.get(i).getAs(column));
        }
        assertThat(row.<String>getAs("prediction")).isEqualTo(expected.get(row.<Long>getAs("id")));
        Row probabilities = row.getAs("probabilities");
        double sum = 0;
        for (int c = 0; c < probabilities.length(); c++) {
          sum += probabilities.getDouble(c);
        }
        assertThat(sum).isCloseTo(1, within(1e-9));
      }
    }
  }

  /** Examples of three tasks, whose rows lie mixed. */
  private static List<Example> examples() {
    List<Example> examples = new ArrayList<>();
    List<List<Example>> byTask =
        TASKS.stream().map(task -> TinyTasks.examples(task, 40, 2, false)).toList();
    for (int i = 0; i < 40; i++) {
      for (List<Example> own : byTask) {
        examples.add(own.get(i));
      }
    }
    return examples;
  }

  private static List<String> rows() {
    List<String> rows = new ArrayList<>();
    List<Example> examples = examples();
    for (int i = 0; i < examples.size(); i++) {
      rows.add(
          String.format(
              "{\"id\": %d, \"task\": \"%s\", \"text\": \"%s\", \"label\": \"%s\", \"tags\":"
                  + " [%d, 7]}",
              i, TASKS.get(i % 3), examples.get(i).text(), examples.get(i).label(), i));
    }
    return rows;
  }
}
