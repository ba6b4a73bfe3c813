package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.spark.cli.Cola;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
 * that has Spark's jars alone, get CoLA4J's by {@code spark-submit}, as one jar with profile {@code
 * assembly} and as many without. Runs after {@code package}.
 */
@Tag("cluster")
@Timeout(600)
class StandaloneClusterIT {
  private static final Path TARGET = Path.of(System.getProperty("cola.target"));
  private static final String ASSEMBLY = System.getProperty("cola.assembly", "");

  private static final int ROUNDS = 8;

  @TempDir Path folder;

  private final Deque<Process> processes = new ArrayDeque<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      // executors are children of workers
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void sparkSubmitGivesWhatTwoThreadsGiveThoughAnExecutorIsKilled() throws Exception {
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
    Process worker1 = null;
    for (String worker : List.of("worker2", "worker1")) {
      worker1 =
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
        submit(master, "train", job.toString(), "--output", folder.resolve("cluster").toString());
    Path metrics = folder.resolve("cluster.running/metrics.jsonl");
    awaitLines(metrics, 4, submit);
    List<ProcessHandle> executors = worker1.children().toList();
    assertThat(executors).hasSize(1);
    assertThat(executors.get(0).destroyForcibly()).isTrue();
    assertThat(submit.isAlive()).as("training goes on").isTrue();
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
    assertThat(Files.readAllLines(folder.resolve("cluster/metrics.jsonl"))).hasSize(2 * ROUNDS);
    assertThat(executorLogs("worker1")).as("another one in its place").isGreaterThan(1);
    assertThat(executorLogs("worker2")).isEqualTo(1);
  }

  /** Spark 3.5 has an old Guava before the one that the templates of dialogues need. */
  @Test
  void dialoguesAreWrittenByTheModelsOwnTemplate() throws Exception {
    assumeThat(ASSEMBLY).as("only in one jar is Guava another's").isNotEmpty();
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
    Path job =
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
        submit("local[1]", "train", job.toString(), "--output", folder.resolve("sums").toString());

    assertThat(submit.waitFor(240, TimeUnit.SECONDS)).as("ends: %s", log("submit")).isTrue();
    assertThat(submit.exitValue()).as(log("submit")).isZero();
    assertThat(folder.resolve("sums/adapters/sums/adapter.safetensors")).exists();
  }

  private Process submit(String master, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
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
                "spark.shuffle.io.maxRetries=1",
                "--conf",
                "spark.executorEnv.OMP_NUM_THREADS=1",
                "--conf",
                "spark.executor.extraJavaOptions=--add-modules=jdk.incubator.vector",
                "--class",
                Cola.class.getName()));
    if (ASSEMBLY.isEmpty()) {
      command.addAll(List.of("--jars", jars(TARGET.resolve("lib-cluster")), exampleJar()));
    } else {
      command.add(ASSEMBLY);
    }
    command.addAll(List.of(arguments));
    return start("submit", "org.apache.spark.deploy.SparkSubmit", command.toArray(String[]::new));
  }

  /** How many executors a worker has had of the application. */
  private long executorLogs(String worker) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(worker))) {
      return files.filter(file -> file.endsWith("stderr")).count();
    }
  }

  private void awaitLines(Path file, int lines, Process writer) throws IOException {
    while (Files.notExists(file) || Files.readAllLines(file).size() < lines) {
      assertThat(writer.isAlive()).as(log("submit")).isTrue();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
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
        training: {epochs: %d, batchSize: 8}
        spark: {examplesPerShard: 16, patience: 0}
        output: never-used
        """
            .formatted(ROUNDS));
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
    processes.push(process);
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
