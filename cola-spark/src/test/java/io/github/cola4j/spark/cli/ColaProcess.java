package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TestSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** {@code cola} in a JVM of its own, to be killed; its output goes to a file. */
final class ColaProcess implements AutoCloseable {
  private static final long MINUTES = 8;

  private final Process process;
  private final Path log;

  /**
   * Starts it.
   *
   * @param shell runs before it in the same shell, such as {@code ulimit -f 8}
   * @param options of the JVM
   */
  ColaProcess(Path log, String shell, List<String> options, String... arguments)
      throws IOException {
    this(log, shell, options, List.of(Cola.class.getName()), arguments);
  }

  /**
   * Starts it as spark-submit does.
   *
   * @param options of the JVM
   */
  static ColaProcess submitted(Path log, List<String> options, String... arguments)
      throws IOException {
    return new ColaProcess(
        log,
        "true",
        options,
        List.of(
            "org.apache.spark.deploy.SparkSubmit",
            "--master",
            "local[2]",
            "--class",
            Cola.class.getName(),
            "spark-internal"), // what stands for no jar
        arguments);
  }

  private ColaProcess(
      Path log, String shell, List<String> options, List<String> main, String... arguments)
      throws IOException {
    this.log = log;
    List<String> command = new ArrayList<>();
    // a shell's background jobs ignore SIGINT, and so would what they start
    String run = "; exec env --default-signal=INT,TERM \"$@\"";
    command.addAll(List.of("bash", "-c", shell + run, "cola"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ", -1)));
    command.addAll(List.of("-Xmx700m", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.addAll(TestSpark.SHORT_LIVED);
    command.add("-Dlog4j2.configurationFile=cola-log4j2.properties");
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.addAll(options);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(main);
    command.addAll(List.of(arguments));
    process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  /** Waits until it has printed a text, or ended. */
  void awaitPrinted(String text) throws IOException {
    await(() -> log().contains(text), "prints '" + text + "'");
  }

  /** Waits until a file is there. */
  void awaitFile(Path file) throws IOException {
    await(() -> Files.exists(file), "makes " + file);
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private void await(Condition condition, String told) throws IOException {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
    while (!condition.holds()) {
      assertThat(process.isAlive()).as("%s before it ends: %s", told, log()).isTrue();
      assertThat(System.nanoTime()).as("%s: %s", told, log()).isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  /** As {@code kill -9}; it may have ended before. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Sends a signal. */
  void signal(String name) throws IOException, InterruptedException {
    int sent =
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    assertThat(sent).isZero();
  }

  /** Waits for its end; its exit code. */
  int exitCode() throws InterruptedException, IOException {
    assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).as("ends: %s", log()).isTrue();
    return process.exitValue();
  }

  /** What it printed. */
  String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
