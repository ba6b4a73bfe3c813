package io.github.cola4j.spark.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.spark.FaultTable;
import io.github.cola4j.spark.job.output.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that puts a result in its place is killed before each of its file operations: readers
 * see the old result or the new one, and a second run ends well.
 */
@Tag("faults")
@Tag("long")
class PublishingTest {
  private static final FaultTable TABLE = new FaultTable("publishing");
  private static final int KILLED = 137;

  @TempDir static Path folder;

  @AfterAll
  static void print() throws IOException {
    TABLE.print();
  }

  /** Writes a result as a job does. */
  static final class Program {
    private Program() {}

    /** A target, and what the files have. */
    public static void main(String[] arguments) throws IOException {
      publish(Path.of(arguments[0]), arguments[1]);
    }

    static void publish(Path target, String content) throws IOException {
      try (Output output = create(target, true)) {
        Path running = output.path();
        AtomicFile.writeString(running.resolve("job.yaml"), content);
        Files.writeString(running.resolve("metrics.jsonl"), content);
        Path adapter = Files.createDirectories(running.resolve("adapters/topic"));
        AtomicFile.writeString(adapter.resolve("adapter.json"), content);
        SafetensorsWriter.write(
            adapter.resolve("adapter.safetensors"),
            Map.of("a", new SafetensorsWriter.Tensor(new long[] {1}, new float[] {1})),
            Map.of("content", content));
        AtomicFile.writeString(running.resolve("results.json"), content);
        output.commit();
      }
    }
  }

  /** The names and contents of a complete result, or of none at all. */
  private static Map<String, String> content(Path target) {
    Map<String, String> content = new TreeMap<>();
    if (Files.exists(target)) {
      try (Stream<Path> files = Files.walk(target)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          content.put(
              target.relativize(file).toString(),
              Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return content;
  }

  private static int run(Path target, String content, List<String> options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx100m"));
    command.add(
        "-Djava.nio.file.spi.DefaultFileSystemProvider="
            + KillingFileSystem.Provider.class.getName());
    command.add("-Dkilling.under=" + target);
    command.addAll(options);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(Program.class.getName(), target.toString(), content));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(printed).isIn(0, KILLED);
    return process.exitValue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void killedBeforeAnyFileOperation(boolean overwrites) throws Exception {
    Path old = folder.resolve("old");
    Path expected = folder.resolve("expected");
    Path log = folder.resolve("log" + overwrites);
    Program.publish(old, "old");
    Program.publish(expected, "new");
    Path undisturbed = folder.resolve(overwrites + "-0");
    prepare(undisturbed, overwrites);
    assertThat(run(undisturbed, "new", List.of("-Dkilling.log=" + log))).isZero();
    assertThat(content(undisturbed)).isEqualTo(content(expected)).hasSize(5);
    List<String> operations = Files.readAllLines(log);
    assertThat(operations).hasSizeGreaterThan(20);

    int absent = 0;
    for (int at = 1; at <= operations.size(); at++) {
      Path target = folder.resolve(overwrites + "-" + at);
      prepare(target, overwrites);
      assertThat(run(target, "new", List.of("-Dkilling.at=" + at))).isEqualTo(KILLED);
      Map<String, String> seen = content(target);
      String what = "before operation " + at + ", " + operations.get(at - 1);
      assertThat(seen).as(what).isIn(content(old), content(expected), Map.of());
      absent += overwrites && seen.isEmpty() ? 1 : 0;
      Program.publish(target, "newest");
      boolean survived =
          content(target).get("results.json").equals("newest") && left(target).isEmpty();
      TABLE.add(
          overwrites ? "killed while it overwrites a result" : "killed while it writes a result",
          survived);
      assertThat(content(target)).as(what).hasSize(5).containsEntry("job.yaml", "newest");
      assertThat(left(target)).as(what).isEmpty();
    }
    assertThat(absent).as("moments with neither, between two renames").isLessThanOrEqualTo(1);
  }

  private static void prepare(Path target, boolean overwrites) throws IOException {
    if (overwrites) {
      Program.publish(target, "old");
    }
  }

  /** What is beside a target and begins with its name. */
  private static List<Path> left(Path target) throws IOException {
    try (Stream<Path> files = Files.list(target.getParent())) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(target.getFileName() + "."))
          .toList();
    }
  }

  private static Output create(Path target, boolean overwrite) {
    return Output.create(target.toString(), overwrite, Output.JOB_MARKS);
  }

  /** Whoever only looks again, without a new result, finds a complete one too. */
  @Test
  void killedBetweenTheRenames() throws Exception {
    Path target = folder.resolve("between");
    Program.publish(target, "old");
    Path log = folder.resolve("between.log");
    assertThat(run(target, "new", List.of("-Dkilling.log=" + log))).isZero();
    List<String> operations = Files.readAllLines(log);
    int second = -1;
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i).startsWith("move ") && operations.get(i).endsWith(" " + target)) {
        second = i + 1;
      }
    }
    assertThat(run(target, "newer", List.of("-Dkilling.at=" + second))).isEqualTo(KILLED);
    assertThat(target).doesNotExist();
    Output.claim(target.toString(), Output.JOB_MARKS).close();
    assertThat(content(target)).hasSize(5).containsEntry("job.yaml", "newer");
    assertThat(left(target)).containsExactly(log);
  }
}
