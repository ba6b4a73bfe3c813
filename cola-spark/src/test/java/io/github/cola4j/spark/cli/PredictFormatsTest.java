package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import io.github.cola4j.spark.TestSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What predict writes, of one classifier and of two. */
class PredictFormatsTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ROWS =
      """
      {"body": "the doctors treated the patient", "id": 7, "note": "a \\"quote\\", a comma\\nand a line", "kind": "topic"}
      {"body": "the bank was lending shares", "id": 8, "note": "", "kind": "tone", "more": {"x": [1, 2]}}
      {"body": "", "id": 9, "kind": "topic"}
      {"body": "the doctors", "id": 10, "note": null, "kind": "topic", "probabilities.med": 5}
      {"body": "the shares", "id": 11, "kind": "colour"}
      """;

  @TempDir static Path folder;
  @TempDir Path other;

  private static TinyJob job;
  private static SparkSession spark;

  @BeforeAll
  static void train() {
    spark =
        TestSpark.open(
            "local[2]", Map.of("spark.sql.warehouse.dir", folder.resolve("warehouse").toString()));
    job = new TinyJob(folder);
    job.write("tone.jsonl", TinyJob.lines(24).replace("med", "calm").replace("fin", "loud"));
    job.write(
        "job.yaml",
        TinyJob.YAML
            .replace("epochs: 2", "epochs: 1")
            .replace(
                "    test: test.jsonl\n",
                """
                    columns: {text: body}
                  - name: tone
                    train: tone.jsonl
                    columns: {text: body}
                """));
    for (String file : List.of("train.jsonl", "validation.jsonl", "tone.jsonl")) {
      job.write(file, read(job.path(file)).replace("\"text\"", "\"body\""));
    }
    CliRun.cola("train", job.path("job.yaml").toString()).succeeds();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static CliRun predict(String adapter, String data, String output, String... more) {
    List<String> line =
        new ArrayList<>(List.of("predict", job.path(adapter).toString(), "--data", data));
    line.addAll(List.of("--output", output));
    line.addAll(List.of(more));
    return CliRun.cola(line);
  }

  private CliRun predictBoth(Path output, String... more) throws IOException {
    Path rows = Files.writeString(other.resolve("rows.jsonl"), ROWS);
    List<String> all = new ArrayList<>(List.of("--task-column", "kind"));
    all.addAll(List.of(more));
    return predict("out/adapters", rows.toString(), output.toString(), all.toArray(String[]::new));
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(other)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** The text's column is the one that was learnt from. */
  @Test
  void eachRowIsLabelledByTheAdapterOfItsTask() throws IOException {
    Path output = other.resolve("both.jsonl");
    CliRun run = predictBoth(output).succeeds();
    assertThat(run.out()).contains("3 predictions: " + output, "2 bad rows: ");
    List<JsonNode> both = lines(output);
    assertThat(both.stream().map(line -> line.path("task").asText()))
        .containsExactly("topic", "tone", "", "topic", "");
    assertThat(both.get(0).path("probabilities").properties()).hasSize(2);
    assertThat(both.get(1).path("label").asText()).isIn("calm", "loud");
    assertThat(both.get(4).path("bad").asText())
        .isEqualTo("column 'kind' is 'colour'; expected one of the tasks tone, topic");
    Path alone = other.resolve("alone.jsonl");
    predict("out/adapters/tone", other.resolve("rows.jsonl").toString(), alone.toString())
        .succeeds();
    assertThat(lines(alone).get(1).path("probability").asDouble())
        .isCloseTo(both.get(1).path("probability").asDouble(), within(1e-6));
    predict("out/adapters", other.resolve("rows.jsonl").toString(), alone + ".jsonl")
        .failsWith(2, "holds several adapters", "--task-column");
  }

  @Test
  void separatedValuesHaveAColumnForEachClass() throws IOException {
    Path output = other.resolve("both.csv");
    predictBoth(output).succeeds();
    CsvParserSettings settings = new CsvParserSettings();
    settings.getFormat().setQuoteEscape('"');
    settings.setNormalizeLineEndingsWithinQuotes(false);
    settings.setEmptyValue("");
    List<String[]> rows = new CsvParser(settings).parseAll(output.toFile());
    assertThat(rows.get(0))
        .containsExactly(
            "task",
            "text",
            "label",
            "probability",
            "probabilities.fin",
            "probabilities.med",
            "row",
            "file",
            "line",
            "body",
            "id",
            "note",
            "kind",
            "probabilities.calm",
            "probabilities.loud",
            "more",
            "bad",
            "input.probabilities.med");
    assertThat(rows).hasSize(6);
    assertThat(rows.get(1)[11]).isEqualTo("a \"quote\", a comma\nand a line");
    assertThat(rows.get(2)[11]).isEmpty();
    assertThat(rows.get(2)[15]).isEqualTo("{\"x\":[1,2]}");
    assertThat(rows.get(4)[11]).isNull();
    assertThat(rows.get(4)[17]).isEqualTo("5");
    Path lines = other.resolve("both.jsonl");
    predictBoth(lines).succeeds();
    assertThat(Double.parseDouble(rows.get(4)[5]))
        .isEqualTo(lines(lines).get(3).path("probabilities").path("med").asDouble());
  }

  @Test
  void parquetHasTypesAndTheRowsThatAreWanted() throws IOException {
    Path output = other.resolve("both.parquet");
    CliRun run = predictBoth(output, "--bad-rows", "beside").succeeds();
    assertThat(run.out()).contains("3 predictions: " + output, output.resolve("_bad.jsonl") + "");
    Dataset<Row> table = spark.read().parquet(output.toString()).orderBy("row");
    assertThat(table.select("row", "id", "task").collectAsList().stream().map(Row::mkString))
        .containsExactly("17topic", "28tone", "410topic");
    assertThat(table.select("probabilities").schema().apply(0).dataType())
        .isEqualTo(DataTypes.createMapType(DataTypes.StringType, DataTypes.DoubleType));
    assertThat(table.columns()).doesNotContain("bad");
    assertThat(Files.readAllLines(output.resolve("_bad.jsonl"))).hasSize(2);

    predictBoth(output).failsWith(2, "is not empty", "--overwrite");
    predictBoth(output, "--overwrite", "--bad-rows", "OUTPUT").succeeds();
    assertThat(spark.read().parquet(output.toString()).where("bad is not null").count())
        .isEqualTo(2);
    assertThat(output.resolve("_bad.jsonl")).doesNotExist();
    assertThat(names()).containsExactly("both.parquet", "rows.jsonl");
  }

  /** A table's columns keep their types, and names that differ by case differ. */
  @Test
  void tablesKeepTheTypesOfTables() throws IOException {
    Timestamp time = Timestamp.valueOf("2024-02-29 12:34:56.789");
    Path input = other.resolve("rows.parquet");
    spark
        .sql(
            "select 'the bank' as body, timestamp'2024-02-29 12:34:56.789' as time,"
                + " date'2024-03-01' as day, 1.50BD as price, cast(3 as smallint) as small,"
                + " struct(1 as a, 'b' as b) as nested, X'0102' as bytes, cast(null as int) as gap,"
                + " cast(0.1 as float) as half")
        .write()
        .parquet(input.toString());
    Path output = other.resolve("labelled.parquet");
    predict("out/adapters/topic", input.toString(), output.toString()).succeeds();

    Dataset<Row> expected = spark.read().parquet(input.toString());
    Dataset<Row> table = spark.read().parquet(output.toString());
    for (StructField field : expected.schema().fields()) {
      assertThat(table.schema().apply(field.name()).dataType())
          .as(field.name())
          .isEqualTo(field.dataType());
    }
    assertThat(table.select("time").head().getTimestamp(0)).isEqualTo(time);
    String[] columns = expected.columns();
    for (String column : columns) {
      assertThat(table.select(column).collectAsList())
          .as(column)
          .isEqualTo(expected.select(column).collectAsList());
    }
  }

  @Test
  void aTableOfTheCatalogIsWrittenOnce() throws IOException {
    spark.sql("drop table if exists labelled");
    spark
        .createDataset(
            IntStream.range(0, 5).mapToObj(i -> "the bank " + i).toList(),
            org.apache.spark.sql.Encoders.STRING())
        .toDF("body")
        .createOrReplaceTempView("news");
    CliRun run = predict("out/adapters/topic", "table:news", "table:labelled").succeeds();
    assertThat(run.out()).contains("5 predictions: table:labelled");
    assertThat(spark.table("labelled").where("label is not null").count()).isEqualTo(5);
    predict("out/adapters/topic", "table:news", "table:labelled")
        .failsWith(2, "output table:labelled exists", "--overwrite");
    predict("out/adapters/topic", "table:news", "table:labelled", "--overwrite").succeeds();
    assertThat(spark.table("labelled").count()).isEqualTo(5);
    predict("out/adapters/topic", "table:labelled", "table:labelled", "--overwrite")
        .failsWith(2, "is read too");
    predict("out/adapters/topic", "table:news", "table:x", "--bad-rows", "beside")
        .failsWith(2, "a table, which has nothing beside it");
    spark.sql("drop table labelled");
  }

  @Test
  void whatNoFormatIsNamedForIsRefused() throws IOException {
    Path rows = Files.writeString(other.resolve("rows.jsonl"), ROWS);
    for (String name : List.of("labelled", "labelled.xlsx", "labelled.jsonl.gz", "labelled.tsv")) {
      predict("out/adapters/topic", rows.toString(), other.resolve(name).toString())
          .failsWith(2, "names no format; expected .jsonl", "--output-format");
    }
    predict("out/adapters/topic", rows.toString(), other + "/x.csv", "--output-format", "excel")
        .failsWith(2, "output format 'excel' is none; expected jsonl, csv or parquet");
    predict("out/adapters/topic", rows.toString(), other + "/x", "--output-format", "table")
        .failsWith(2, "a table is named table:NAME");
    Path output = other.resolve("labelled.txt");
    predict("out/adapters/topic", rows.toString(), output.toString(), "--output-format", "JSONL")
        .succeeds();
    assertThat(lines(output)).hasSize(5);
    assertThat(names()).hasSize(3);
  }
}
