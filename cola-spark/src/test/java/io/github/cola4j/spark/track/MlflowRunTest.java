package io.github.cola4j.spark.track;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MlflowRunTest {
  private final LocalMlflow server = new LocalMlflow();
  private final List<String> notices = Collections.synchronizedList(new ArrayList<>());
  @TempDir Path folder;

  @AfterEach
  void stop() {
    server.close();
  }

  private MlflowExperiment experiment(Map<String, String> environment) throws IOException {
    return MlflowExperiment.of(server.uri(), null, environment);
  }

  private MlflowRun start() throws IOException {
    return MlflowRun.start(experiment(Map.of()), "small", Map.of("team", "a"), notices::add);
  }

  private static void rounds(MlflowRun run, int from, int last, String... tasks) {
    for (int round = from; round <= last; round++) {
      for (String task : tasks) {
        run.accept(TinyRounds.round(round, task));
      }
      run.roundDone();
    }
  }

  private String status(int run) {
    return server.runs().get(run).at("/info/status").asText();
  }

  @Test
  void aRunHasItsCurvesAndTheirMeans() throws IOException {
    try (MlflowRun run = start()) {
      rounds(run, 1, 2, "law", "topic");
      run.result("law/test/accuracy", 0.75);
      run.finish();
    }
    assertThat(server.history(0, "law/loss")).isEqualTo(Map.of(5L, 0.2, 10L, 0.1));
    assertThat(server.history(0, "topic/learningRate")).isEqualTo(Map.of(5L, 3e-4, 10L, 3e-4));
    assertThat(server.history(0, "all tasks/loss")).isEqualTo(Map.of(1L, 0.2, 2L, 0.1));
    assertThat(server.history(0, "law/test/accuracy")).containsValue(0.75);
    assertThat(server.runs().get(0).at("/all/0/timestamp").asLong()).isEqualTo(1772368201250L);
    assertThat(server.pairs(0, "tags")).containsEntry("team", "a").containsKey("mlflow.user");
    assertThat(status(0)).isEqualTo("FINISHED");
    assertThat(notices).isEmpty();
  }

  @Test
  void aListenerThatKnowsNoEndOfRoundsHasMeansToo() throws IOException {
    try (MlflowRun run = start()) {
      run.accept(TinyRounds.round(1, "law"));
      run.accept(TinyRounds.round(2, "law"));
      run.finish();
    }
    assertThat(server.history(0, "all tasks/loss")).isEqualTo(Map.of(1L, 0.2, 2L, 0.1));
  }

  @Test
  void aRunThatDoesNotFinishHasFailed() throws IOException {
    try (MlflowRun run = start()) {
      run.accept(TinyRounds.round(1, "law")); // of a round that is not over
      assertThat(status(0)).isEqualTo("RUNNING");
    }
    assertThat(status(0)).isEqualTo("FAILED");
    assertThat(server.history(0, "law/loss")).containsOnlyKeys(5L);
  }

  @Test
  void hundredsOfTasksGoInBatchesThatMlflowTakes() throws IOException {
    String[] tasks = new String[300];
    for (int task = 0; task < tasks.length; task++) {
      tasks[task] = "task-" + task;
    }
    try (MlflowRun run = start()) {
      rounds(run, 1, 2, tasks);
      run.finish();
    }
    assertThat(server.batches()).allSatisfy(size -> assertThat(size).isLessThanOrEqualTo(1000));
    int all = 2 * (300 * 9 + 3);
    assertThat(server.batches().stream().mapToInt(Integer::intValue).sum()).isEqualTo(all);
    assertThat(server.history(0, "task-299/gradientNorm")).containsOnlyKeys(5L, 10L);
  }

  @Test
  void whatAServerThatWasAwayHasMissedIsSentAtTheEnd() throws IOException {
    try (MlflowRun run = start()) {
      server.setDown(true);
      rounds(run, 1, 4, "law");
      while (notices.isEmpty()) { // it is another thread that sends
        Thread.onSpinWait();
      }
      server.setDown(false);
      run.finish();
    }
    assertThat(notices).singleElement().asString().contains("HTTP 503", "is sent again");
    assertThat(server.history(0, "law/loss")).containsOnlyKeys(5L, 10L, 15L, 20L);
    assertThat(status(0)).isEqualTo("FINISHED");
  }

  @Test
  void aServerThatStaysAwayIsToldOf() throws IOException {
    try (MlflowRun run = start()) {
      server.setDown(true);
      rounds(run, 1, 1, "law");
      assertThatThrownBy(run::finish).isInstanceOf(IOException.class).hasMessageContaining("503");
    }
    assertThat(notices).first().asString().contains("training continues");
  }

  @Test
  void aRunIsContinuedWithoutLoggingAStepTwice() throws IOException {
    Path file = folder.resolve("mlflow.json");
    try (MlflowRun run = start()) {
      run.store(file);
      run.params(Map.of("rank", "2"));
      rounds(run, 1, 3, "law");
    }
    try (MlflowRun run = MlflowRun.resume(experiment(Map.of()), file, notices::add)) {
      assertThat(run.id()).isEqualTo(server.id(0));
      assertThat(status(0)).isEqualTo("RUNNING");
      run.params(Map.of("rank", "3", "epochs", "4")); // MLflow refuses other values
      rounds(run, 3, 4, "law");
      run.finish();
    }
    assertThat(server.runs()).hasSize(1);
    assertThat(server.history(0, "law/loss")).containsOnlyKeys(5L, 10L, 15L, 20L);
    assertThat(server.history(0, "all tasks/loss")).containsOnlyKeys(1L, 2L, 3L, 4L);
    assertThat(server.pairs(0, "params")).isEqualTo(Map.of("rank", "2", "epochs", "4"));
    assertThat(notices).isEmpty();
  }

  @Test
  void meansAreOfAllTasksAlsoWhereSomeEndedBeforeTheResumption() throws IOException {
    Path file = folder.resolve("mlflow.json");
    try (MlflowRun run = start()) {
      run.store(file);
      rounds(run, 1, 1, "law", "topic");
    }
    try (MlflowRun run = MlflowRun.resume(experiment(Map.of()), file, notices::add)) {
      rounds(run, 2, 2, "law");
      run.finish();
    }
    assertThat(server.history(0, "all tasks/loss")).isEqualTo(Map.of(1L, 0.2, 2L, (0.1 + 0.2) / 2));
  }

  @Test
  void aRunThatIsGoneIsNotContinued() throws IOException {
    Path file = folder.resolve("mlflow.json");
    assertThat(MlflowRun.resume(experiment(Map.of()), file, notices::add)).isNull();
    assertThat(notices).isEmpty();
    try (MlflowRun run = start()) {
      run.store(file);
    }
    server.runs().clear();
    assertThat(MlflowRun.resume(experiment(Map.of()), file, notices::add)).isNull();
    assertThat(notices).singleElement().asString().contains("cannot be continued", "HTTP 404");
    Files.writeString(file, "{\"uri\":\"http://a\",\"experimentId\":\"0\",\"runId\":\"run0\"}");
    assertThat(MlflowRun.resume(experiment(Map.of()), file, notices::add)).isNull();
    assertThat(notices).last().asString().contains("is of http://a");
  }

  @Test
  void aLongParameterIsCutWithAWord() throws IOException {
    try (MlflowRun run = start()) {
      run.params(Map.of("tasks.names", "x".repeat(7000)));
      run.finish();
    }
    assertThat(server.pairs(0, "params").get("tasks.names")).hasSize(6000).endsWith("x…");
    assertThat(notices).singleElement().asString().contains("tasks.names", "job.yaml");
  }

  @Test
  void artifactsAndModelsAreStored() throws IOException {
    Files.createDirectories(folder.resolve("a b/c"));
    Files.writeString(folder.resolve("a b/c/d.txt"), "content");
    try (MlflowRun run = start()) {
      run.artifact(folder.resolve("a b"), "model");
      assertThat(run.register("tickets", "model")).isEqualTo("1");
      assertThat(run.register("tickets", "model")).isEqualTo("2");
      run.finish();
    }
    assertThat(server.artifacts(0)).containsOnlyKeys("model/c/d.txt");
    assertThat(server.artifacts(0).get("model/c/d.txt")).asString().isEqualTo("content");
  }

  @Test
  void credentialsAreThoseOfTheEnvironmentAndNeverTold() throws IOException {
    experiment(Map.of("MLFLOW_TRACKING_TOKEN", "secret"));
    assertThat(server.authorizations()).last().isEqualTo("Bearer secret");
    experiment(Map.of("MLFLOW_TRACKING_USERNAME", "me", "MLFLOW_TRACKING_PASSWORD", "secret"));
    String basic = "Basic " + Base64.getEncoder().encodeToString("me:secret".getBytes(US_ASCII));
    assertThat(server.authorizations()).last().isEqualTo(basic);

    String address = server.uri().replace("http://", "http://me:secret@");
    MlflowExperiment experiment =
        MlflowExperiment.of(null, null, Map.of("MLFLOW_TRACKING_URI", address));
    assertThat(server.authorizations()).last().isEqualTo(basic);
    try (MlflowRun run = MlflowRun.start(experiment, "small", Map.of(), notices::add)) {
      run.store(folder.resolve("mlflow.json"));
      assertThat(folder.resolve("mlflow.json")).content().doesNotContain("secret");
      assertThat(run).hasToString(server.uri() + "/#/experiments/0/runs/run0");
      server.setDown(true);
    }
    assertThat(notices).isNotEmpty().allSatisfy(notice -> assertThat(notice).doesNotContain("me:"));
    assertThatThrownBy(
            () -> MlflowExperiment.of(null, null, Map.of("MLFLOW_TRACKING_URI", "me:secret@h")))
        .message()
        .contains("MLFLOW_TRACKING_URI", "mlflow server")
        .doesNotContain("secret");
  }

  @Test
  void anExperimentIsMadeOrThatOfTheEnvironment() throws IOException {
    MlflowExperiment made = MlflowExperiment.of(server.uri(), "mine", Map.of());
    assertThat(made.id()).isEqualTo("1");
    Map<String, String> environment = Map.of("MLFLOW_EXPERIMENT_NAME", "mine");
    assertThat(experiment(environment).id()).isEqualTo("1");
    assertThat(MlflowExperiment.of(server.uri(), "Default", environment).id()).isEqualTo("0");
  }

  @Test
  void noServerIsToldInOneLine() {
    assertThatThrownBy(() -> MlflowExperiment.of(null, null, Map.of()))
        .message()
        .contains("MLFLOW_TRACKING_URI is not set");
    assertThatThrownBy(() -> MlflowExperiment.of("http://127.0.0.1:1", null, Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessage("the MLflow server http://127.0.0.1:1 cannot be reached");
    assertThatThrownBy(() -> MlflowExperiment.of(server.uri() + "/other", null, Map.of()))
        .isInstanceOf(IOException.class)
        .message()
        .doesNotContain("\n");
  }
}
