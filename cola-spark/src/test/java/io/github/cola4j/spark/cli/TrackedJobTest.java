package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.ml.ColaClassificationModel;
import io.github.cola4j.spark.ml.ColaGenerationModel;
import io.github.cola4j.spark.track.LocalMlflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs whose {@code track} names others. */
class TrackedJobTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final LocalMlflow mlflow = new LocalMlflow();
  @TempDir Path folder;
  private TinyJob job;

  @BeforeEach
  void writeJob() {
    job = new TinyJob(folder);
  }

  @AfterEach
  void stop() {
    mlflow.close();
  }

  private void track(String track) {
    job.write(
        "job.yaml", TinyJob.YAML.replace("epochs: 2", "epochs: 3") + "track: " + track + "\n");
  }

  private String printed(String... arguments) {
    CliRun run = job.train(arguments).succeeds();
    return run.out() + run.err();
  }

  @Test
  void aKilledRunIsContinuedInBoth() throws IOException {
    track("{tensorboard: true, mlflow: {uri: '" + mlflow.uri() + "', register: topics}}");
    job.write("train.jsonl", TinyJob.lines(24) + "{\"text\": \"secret\"}\n"); // one bad row
    StoppedJob.run(job.path("job.yaml"), job.path("out"), 3);
    assertThat(mlflow.runs().get(0).at("/info/status").asText()).isEqualTo("FAILED");
    assertThat(mlflow.models()).isEmpty();

    String printed = printed("--resume");
    assertThat(printed).contains("MLflow: " + mlflow.uri(), "models:/topics/1 is registered");
    assertThat(mlflow.runs()).hasSize(1);
    assertThat(mlflow.runs().get(0).at("/info/status").asText()).isEqualTo("FINISHED");
    assertThat(mlflow.runs().get(0).at("/info/run_name").asText()).isEqualTo("out");
    List<String> lines = Files.readAllLines(job.path("out/metrics.jsonl"));
    assertThat(lines).hasSize(3);
    for (String line : lines) {
      JsonNode round = MAPPER.readTree(line);
      assertThat(mlflow.history(0, "topic/loss"))
          .hasSize(3)
          .containsEntry(round.get("step").asLong(), round.get("loss").asDouble());
    }
    assertThat(mlflow.artifacts(0))
        .containsOnlyKeys(
            "job.yaml",
            "metrics.jsonl",
            "model/MLmodel",
            "model/adapters/topic/adapter.json",
            "model/adapters/topic/adapter.safetensors",
            "model/requirements.txt",
            "report.html",
            "results.json");
    assertThat(mlflow.artifacts(0).get("results.json"))
        .isEqualTo(Files.readAllBytes(job.path("out/results.json")));

    assertThat(printed("--resume")).contains("already complete");
    assertThat(mlflow.runs()).hasSize(1);
    try (Stream<Path> files = Files.list(job.path("out.tensorboard/topic"))) {
      assertThat(files).hasSize(2); // of the run that was stopped, and of the other
    }
  }

  @Test
  void aServerThatCannotBeReachedEndsTheJobBeforeAnythingIsRead() {
    track("{mlflow: {uri: 'http://127.0.0.1:1'}}");
    job.trainFails(2, List.of(), "track: the MLflow server http://127.0.0.1:1 cannot be reached");
  }

  @Test
  void eventsInTheOutputAreRefused() {
    for (String folder : List.of("out", "out/events", "./out/../out")) {
      track("{tensorboard: " + folder + "}");
      job.train().failsWith(2, "track: tensorboard", "is in the output", "beside it");
    }
  }

  @Test
  void aServerThatIsLostCostsNoResult() throws IOException {
    track("{mlflow: {uri: '" + mlflow.uri() + "'}}");
    mlflow.refuseArtifacts();
    String printed = printed();
    assertThat(printed).contains("WARNING: the MLflow server", "is not complete");
    assertThat(job.path("out/adapters/topic/adapter.safetensors")).exists();
  }

  @Test
  void trainedAdaptersAreModelsOfSparkMl() throws IOException {
    job.addPairs();
    job.train("--set", "training.epochs=1").succeeds();
    String adapters = job.path("out/adapters").toUri().toString();
    try (SparkSession session = TestSpark.open("local[2]")) {
      ColaClassificationModel topic = ColaClassificationModel.ofAdapters(adapters + "/topic");
      List<Row> rows =
          topic
              .transform(session.read().json(job.path("test.jsonl").toString()).drop("label"))
              .select("predictedLabel")
              .collectAsList();
      assertThat(rows).hasSize(8).allMatch(row -> List.of("med", "fin").contains(row.getString(0)));

      ColaClassificationModel pairs = ColaClassificationModel.ofAdapters(adapters + "/pairs");
      assertThat(List.of(pairs.getTextCol(), pairs.getTextPairCol()))
          .containsExactly("first", "second");
      assertThatThrownBy(() -> ColaClassificationModel.ofAdapters(adapters))
          .hasMessageContaining("learnt from different columns")
          .hasMessageContaining("{text=first, pair=second, label=same}")
          .hasMessageContaining("give the columns");
      ColaClassificationModel both =
          ColaClassificationModel.ofAdapters(
              adapters, TinyModel.FOLDER.toString(), new Columns("a", "b", null));
      assertThat(both.tasks()).containsExactly("pairs", "topic");
      assertThat(List.of(both.getTaskCol(), both.getTextPairCol())).containsExactly("task", "b");
      assertThatThrownBy(() -> ColaGenerationModel.ofAdapters(adapters))
          .hasMessageContaining("is a classifier, which ColaClassificationModel.ofAdapters reads");
      assertThatThrownBy(() -> ColaClassificationModel.ofAdapters(folder + "/none"))
          .hasMessageContaining("has no adapters");
    }
  }
}
