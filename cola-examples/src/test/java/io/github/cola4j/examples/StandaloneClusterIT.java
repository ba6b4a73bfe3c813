package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.cli.Cola;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's command for a cluster: a standalone master and two workers, each a JVM of its own
 * that has Spark's jars alone, get CoLA4J's by {@code spark-submit}. Runs after {@code package}.
 */
@Tag("cluster")
@Timeout(600)
class StandaloneClusterIT {
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  @TempDir Path folder;

  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      // executors are children of workers
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void sparkSubmitGivesWhatTwoThreadsGive() throws Exception {
    Path job = writeJob();
    int port = freePort();
    String master = "spark://127.0.0.1:" + port;
    String deploy = "org.apache.spark.deploy.";
    start(
        "master",
        deploy + "master.Master",
        "--host",
        "127.0.0.1",
        "--port",
        String.valueOf(port),
        "--webui-port",
        "0");
    awaitPort(port);
    for (String worker : List.of("worker1", "worker2")) {
      start(
          worker,
          deploy + "worker.Worker",
          "--host",
          "127.0.0.1",
          "--webui-port",
          "0",
          "--cores",
          "1",
          "--memory",
          "1g",
          "--work-dir",
          folder.resolve(worker).toString(),
          master);
    }

    Process submit =
        start(
            "submit",
            deploy + "SparkSubmit",
            "--master",
            master,
            "--conf",
            "spark.driver.host=127.0.0.1",
            "--conf",
            "spark.driver.bindAddress=127.0.0.1",
            "--conf",
            "spark.ui.enabled=false",
            "--conf",
            "spark.cores.max=2",
            "--conf",
            "spark.scheduler.minRegisteredResourcesRatio=1",
            "--conf",
            "spark.executorEnv.OMP_NUM_THREADS=1",
            "--conf",
            "spark.executor.extraJavaOptions=--add-modules=jdk.incubator.vector",
            "--jars",
            jars(TARGET.resolve("lib-cluster")),
            "--class",
            Cola.class.getName(),
            exampleJar(),
            "train",
            job.toString(),
            "--output",
            folder.resolve("cluster").toString());
    assertThat(submit.waitFor(480, TimeUnit.SECONDS)).as("ends: %s", log("submit")).isTrue();
    assertThat(submit.exitValue()).as(log("submit")).isZero();

    int local =
        Cola.execute(
            "train",
            job.toString(),
            "--output",
            folder.resolve("local").toString(),
            "--master",
            "local[2]");
    assertThat(local).isZero();
    for (String task : List.of("films", "weather")) {
      String adapter = "adapters/" + task + "/adapter.safetensors";
      assertThat(folder.resolve("cluster").resolve(adapter))
          .hasSameBinaryContentAs(folder.resolve("local").resolve(adapter));
    }
    // both workers had an executor of the application
    for (String worker : List.of("worker1", "worker2")) {
      try (Stream<Path> files = Files.walk(folder.resolve(worker))) {
        assertThat(files).as(worker).anyMatch(file -> file.endsWith("stderr"));
      }
    }
  }

  private Path writeJob() throws IOException {
    String[][] words = {{"warm", "lovely", "clever"}, {"dull", "poor", "silly"}};
    for (String task : List.of("films", "weather")) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 48; i++) {
        String word = words[i % 2][i / 2 % 3];
        lines.add(
            String.format(
                "{\"text\": \"%s were %s on day %d\", \"label\": \"%s\"}",
                task, word, i * i, i % 2 == 0 ? "good" : "bad"));
      }
      Files.write(folder.resolve(task + ".jsonl"), lines);
    }
    return Files.writeString(
        folder.resolve("job.yaml"),
        """
        model: classpath:all-minilm-l6-v2
        tasks:
          - {name: films, train: films.jsonl}
          - {name: weather, train: weather.jsonl}
        adapter: {rank: 2, pairing: random, init: kaiming, dropout: 0.1, targets: [query, value]}
        training: {epochs: 2, batchSize: 8}
        spark: {examplesPerShard: 16, localSteps: 2}
        output: never-used
        """);
  }

  /** Starts a JVM that has Spark's jars on its class path and nothing else. */
  private Process start(String name, String main, String... arguments) throws IOException {
    Path home = folder.resolve("spark");
    if (Files.notExists(home)) {
      Files.createDirectories(home);
      Files.createSymbolicLink(home.resolve("jars"), TARGET.resolve("lib-spark"));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ", -1)));
    command.addAll(List.of("-Xmx1g", "-cp", home.resolve("jars") + File.separator + "*", main));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().remove("SPARK_TESTING");
    Process process = builder.start();
    processes.add(0, process);
    return process;
  }

  private String log(String name) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve(name + ".log"));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  private static String jars(Path folder) throws IOException {
    try (Stream<Path> jars = Files.list(folder)) {
      return jars.map(Path::toString).sorted().collect(Collectors.joining(","));
    }
  }

  private static String exampleJar() throws IOException {
    try (Stream<Path> files = Files.list(TARGET)) {
      return files
          .map(Path::toString)
          .filter(file -> file.matches(".*cola-examples-[^/\\\\]*\\.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitPort(int port) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        return;
      } catch (IOException notYet) {
        assertThat(System.nanoTime()).as("the master listens: %s", log("master")).isLessThan(end);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
    }
  }
}
