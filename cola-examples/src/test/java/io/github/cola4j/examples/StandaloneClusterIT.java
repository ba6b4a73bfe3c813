package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command of docs/how-to/clusters.md. Runs after {@code package}. */
@Tag("cluster")
@Timeout(600)
class StandaloneClusterIT {
  @TempDir static Path jobFolder;
  private static ClusterJob job;
  private static Path local;

  @TempDir Path folder;
  private StandaloneCluster cluster;

  @BeforeAll
  static void trainLocally() throws IOException {
    job = ClusterJob.write(jobFolder, 8, 1);
    local = job.trainLocally();
  }

  @BeforeEach
  void open() throws IOException {
    cluster = new StandaloneCluster(folder);
  }

  @AfterEach
  void stop() throws InterruptedException {
    cluster.close();
  }

  @Test
  void sparkSubmitGivesWhatTwoThreadsGiveThoughAnExecutorIsKilled() throws Exception {
    cluster.startMaster();
    cluster.startWorker("worker2", 1);
    Process worker1 = cluster.startWorker("worker1", 1);
    Path output = folder.resolve("cluster");

    Process submit =
        cluster.submit(cluster.master(), List.of("spark.cores.max=2"), job.train(output));
    cluster.awaitWhile(submit, "two rounds", () -> ClusterJob.roundsDone(output) >= 4);
    List<ProcessHandle> executors = worker1.children().toList();
    assertThat(executors).hasSize(1);
    assertThat(executors.get(0).destroyForcibly()).isTrue();
    assertThat(submit.isAlive()).as("training goes on").isTrue();
    cluster.awaitSuccess(submit);

    job.assertSameResults(output, local);
    assertThat(cluster.executorLogs("worker1").size())
        .as("another one in its place")
        .isGreaterThan(1);
    assertThat(cluster.executorLogs("worker2")).hasSize(1);
  }

  /** The driver runs on a worker, and is known by its state. */
  @Test
  @Tag("long")
  void inClusterModeTheJobFileIsSubmittedAndTheDriversStateTellsHowItEnded() throws Exception {
    cluster.startMaster();
    cluster.startWorker("worker", 3); // one for the driver
    Path output = folder.resolve("cluster");
    List<String> conf =
        List.of(
            "spark.submit.deployMode=cluster",
            "spark.standalone.submit.waitAppCompletion=true",
            "spark.driver.extraJavaOptions=" + System.getProperty("cola.jvm.flags"),
            "spark.files=" + job.folder().resolve("job.yaml").toUri(),
            "spark.cores.max=2",
            "spark.executor.cores=1",
            "spark.log.level=WARN");
    cluster.awaitSuccess(
        cluster.submit(cluster.master(), conf, "train", "job.yaml", "--output", output.toString()));

    assertThat(cluster.driverStates())
        .as(cluster.driverOutput("worker"))
        .containsExactly("FINISHED");
    job.assertSameResults(output, local);
    assertThat(cluster.driverOutput("worker"))
        .contains("Results, metrics and adapters: " + output)
        .doesNotContain(" INFO DAGScheduler");

    cluster.awaitSuccess( // spark-submit itself has done what it was told
        cluster.submit(cluster.master(), conf, "train", "job.yaml", "--output", output.toString()));
    assertThat(cluster.driverStates()).containsExactly("FAILED");
    assertThat(cluster.driverOutput("worker")).contains("error: output " + output);
  }

  /** Two executors with a GPU each, two tasks at once on either. */
  @Test
  @Tag("long")
  void executorsThatWereToUseGpusSayOnceThatTheyComputeOnTheCpu() throws Exception {
    cluster.startMaster();
    cluster.startWorkerWithGpus("worker", 4, List.of("0", "1"));
    Path output = folder.resolve("gpus");

    Process submit =
        cluster.submit(
            cluster.master(),
            List.of(
                "spark.cores.max=4",
                "spark.executor.cores=2",
                "spark.executor.resource.gpu.amount=1",
                "spark.task.resource.gpu.amount=0.5"),
            job.train(output));
    cluster.awaitSuccess(submit);

    job.assertSameResults(output, local);
    List<String> said = new ArrayList<>();
    for (Path log : cluster.executorLogs("worker")) {
      List<String> lines =
          Files.readAllLines(log).stream().filter(line -> line.contains("GPU: tasks")).toList();
      assertThat(lines)
          .as("of the many tasks of an executor one speaks: %s", Files.readString(log))
          .hasSize(1);
      said.add(lines.get(0).replaceFirst(".*(GPU: .*? CPU):.*", "$1"));
    }
    assertThat(said)
        .containsExactlyInAnyOrder(
            "GPU: tasks have GPUs (the first has [0]) but compute on the CPU",
            "GPU: tasks have GPUs (the first has [1]) but compute on the CPU");
  }

  /** With the tokenizers and the natives of the one jar, and a model in a folder. */
  @Test
  @Tag("long")
  void dialoguesAreWrittenByTheModelsOwnTemplate() throws Exception {
    assumeThat(StandaloneCluster.ASSEMBLY).as("with profile assembly").isNotEmpty();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      lines.add(
          String.format("{\"instruction\": \"what is %d\", \"output\": \"it is %d\"}", i, 2 * i));
    }
    Files.write(folder.resolve("sums.jsonl"), lines);
    Path model =
        Path.of("../cola-core/src/test/resources/goldens/decoder/llama/model").toAbsolutePath();
    Path copy = Files.createDirectory(folder.resolve("model"));
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Files.writeString(
        copy.resolve("tokenizer_config.json"),
        "{\"chat_template\": \"{% for m in messages %}{{ m['content'] }} {% endfor %}\"}");
    Path dialogues =
        Files.writeString(
            folder.resolve("dialogues.yaml"),
            """
            model: model
            prompt: {template: model}
            tasks:
              - {name: sums, train: sums.jsonl}
            adapter: {rank: 2, init: kaiming}
            training: {epochs: 1, batchSize: 8, maxLength: 64}
            output: never-used
            """);

    Process submit =
        cluster.submit(
            "local[1]",
            List.of(),
            "train",
            dialogues.toString(),
            "--output",
            folder.resolve("sums").toString());
    cluster.awaitSuccess(submit);

    assertThat(folder.resolve("sums/adapters/sums/adapter.safetensors")).exists();
    assertThat(folder.resolve("submit.log"))
        .as("oneDNN and ND4J are loaded from the jar")
        .content()
        .contains("kernels: cpu (oneDNN ");
  }
}
