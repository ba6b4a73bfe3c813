package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.FaultTable;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.checkpoint.FaultyFileSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Faults of the driver, in JVMs of their own, and what {@code --resume} makes of them: the result
 * of an undisturbed run, to the bit, or a clear error. {@code -Dcola.faults.tries=N} tries each
 * moment that time decides N times.
 */
@Tag("faults")
@Tag("long")
@Timeout(1800)
class FaultsTest {
  private static final int TRIES = Integer.getInteger("cola.faults.tries", 1);
  private static final FaultTable TABLE = new FaultTable("driver");
  private static final String YAML =
      """
      model: %s
      tasks:
        - {name: topic, train: train.jsonl, validation: validation.jsonl, test: test.jsonl}
        - {name: other, train: other.jsonl}
      adapter: {rank: 2, pairing: random, dropout: 0.1}
      training:
        epochs: 4
        batchSize: 4
        optimizer: {headLearningRate: 0.05}
      spark: {examplesPerShard: 12, patience: 0, metric: loss}
      output: undisturbed
      """
          .formatted(TinyModel.FOLDER);

  @TempDir static Path folder;
  private static TinyJob job;
  private static Map<String, String> expected;
  private static int runs;

  @BeforeAll
  static void runUndisturbed() {
    job = new TinyJob(folder);
    job.write("job.yaml", YAML);
    job.write("other.jsonl", TinyJob.lines(30));
    job.train().succeeds();
    expected = result("undisturbed");
    assertThat(expected).hasSize(8);
    assertThat(folder.resolve("undisturbed.checkpoints")).doesNotExist();
  }

  @AfterAll
  static void print() throws IOException {
    TABLE.print();
  }

  /** All files of an output but {@code job.yaml} and the report, without times and memory. */
  private static Map<String, String> result(String output) {
    Map<String, String> result = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve(output))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = folder.resolve(output).relativize(file).toString();
        String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        if (!name.endsWith(".safetensors")) {
          content =
              content
                  .replaceAll(
                      "\"(seconds|secondsLeft|examplesPerSecond|peakMemoryBytes|shardSeconds"
                          + "|slowestShardSeconds|timestamp|bytesToDriver)\" ?: ?([-+.0-9E]+|\"[-:.0-9TZ]+\")",
                      "")
                  .replaceAll("\"time\" ?: ?\\{[^}]*}", "");
        }
        if (!name.equals("job.yaml") && !name.equals("report.html")) {
          result.put(name, content);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return result;
  }

  private static ColaProcess start(
      String output, String shell, List<String> options, String... more) throws IOException {
    String[] arguments =
        Stream.concat(
                Stream.of(
                    "train",
                    folder.resolve("job.yaml").toString(),
                    "--master",
                    "local[2]",
                    "--output",
                    folder.resolve(output).toString()),
                Stream.of(more))
            .toArray(String[]::new);
    return new ColaProcess(folder.resolve(output + ".log"), shell, options, arguments);
  }

  /** Checkpoints on a disk with faults. */
  private static String[] faulty(String output) {
    return new String[] {
      "--set", "checkpoint.folder=faulty:" + folder.resolve(output + ".checkpoints")
    };
  }

  private static final String FAULTY =
      "-Dspark.hadoop.fs.faulty.impl=" + FaultyFileSystem.class.getName();

  private static String newOutput() {
    return "run" + runs++;
  }

  /** {@code --resume} gives the undisturbed result, and nothing else is left. */
  private static CliRun resume(String fault, String output) throws IOException {
    CliRun run = job.train("--resume", "--output", folder.resolve(output).toString());
    boolean survived = run.exitCode() == 0 && result(output).equals(expected);
    TABLE.add(fault, survived);
    run.succeeds();
    assertThat(result(output)).isEqualTo(expected);
    assertNothingLeft(output);
    return run;
  }

  private static void assertNothingLeft(String output) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.matches(output + "\\.(running|old|checkpoints).*"))
          .contains(output);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, driver killed after its first round",
    "3, driver killed in training",
    "4, driver killed between training and results"
  })
  void driverKilledAtSomeMoment(int round, String fault) throws Exception {
    SplittableRandom random = new SplittableRandom(round);
    for (int i = 0; i < TRIES; i++) {
      String output = newOutput();
      try (ColaProcess cola = start(output, "true", List.of())) {
        cola.awaitPrinted("\n    " + round + "  other");
        Thread.sleep(random.nextInt(200));
        cola.kill();
      }
      if (Files.exists(folder.resolve(output))) {
        continue; // it was done, and there is nothing to go on with
      }
      CliRun run = resume(fault, output);
      assertThat(run.err()).containsAnyOf("Training resumes after round", "no checkpoint in");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "round-000001.tmp/task-00000.safetensors",
        "round-000002.tmp/metrics.jsonl",
        "round-000003.tmp/task-00001.safetensors",
        "round-000003.tmp/manifest.json",
        "round-000004.tmp"
      })
  void driverKilledWhileItWritesACheckpoint(String place) throws Exception {
    String output = newOutput();
    Path marker = folder.resolve(output + ".marker");
    List<String> options =
        List.of(
            FAULTY,
            "-Dspark.hadoop.faulty.hang=" + place,
            "-Dspark.hadoop.faulty.marker=" + marker);
    try (ColaProcess cola = start(output, "true", options, faulty(output))) {
      cola.awaitFile(marker);
      cola.kill();
    }
    assertThat(folder.resolve(output + ".checkpoints").resolve(place)).exists();
    CliRun run = resume("driver killed while it writes a checkpoint", output);
    int before = Integer.parseInt(place.substring(6, 12)) - 1;
    assertThat(run.err())
        .contains(
            before == 0
                ? "There is no checkpoint in"
                : "Training resumes after round " + before + ", from");
  }

  /** The result stands; checkpoints are there, all of them or the newest alone. */
  @ParameterizedTest
  @ValueSource(strings = {"round-000003", "round-000004"})
  void driverKilledBetweenPublishingAndTidyingUp(String place) throws Exception {
    for (String[] more : new String[][] {{}, {"--overwrite"}}) {
      String output = newOutput();
      Path marker = folder.resolve(output + ".marker");
      List<String> options =
          List.of(
              FAULTY,
              "-Dspark.hadoop.faulty.hang=" + place,
              "-Dspark.hadoop.faulty.marker=" + marker);
      try (ColaProcess cola = start(output, "true", options, faulty(output))) {
        cola.awaitFile(marker);
        cola.kill();
      }
      assertThat(folder.resolve(output + ".checkpoints").resolve(place)).exists();
      assertThat(result(output)).isEqualTo(expected);
      List<String> arguments =
          new ArrayList<>(List.of("--resume", "--output", folder.resolve(output).toString()));
      arguments.addAll(List.of(more));
      CliRun run = job.train(arguments.toArray(String[]::new));
      boolean survived = run.exitCode() == 0 && result(output).equals(expected);
      TABLE.add("driver killed between publishing and tidying up", survived);
      run.succeeds();
      assertThat(run.out()).contains("already complete");
      assertThat(run.err()).doesNotContain("    1  topic");
      assertThat(result(output)).isEqualTo(expected);
      assertNothingLeft(output);
    }
  }

  @Test
  void controlCEndsCleanlyAndSaysHowToGoOn() throws Exception {
    for (String signal : List.of("INT", "TERM")) {
      String output = newOutput();
      int exitCode = stop(output, signal);
      for (int tries = 1; exitCode == 0 && tries < 10; tries++) {
        output = newOutput(); // it was done before the signal came
        exitCode = stop(output, signal);
      }
      assertThat(exitCode).isEqualTo(signal.equals("INT") ? 130 : 143);
      assertThat(folder.resolve(output)).doesNotExist();
      assertThat(TinyJob.running(folder, output)).isEmpty();
      CliRun run = resume("Ctrl-C, SIGTERM", output);
      assertThat(run.err()).containsPattern("Training resumes after round [1234], from");
    }
  }

  /** The exit code of a job that gets a signal after its first round. */
  private static int stop(String output, String signal) throws Exception {
    // the last round that was done is stored, also where it was not its turn
    try (ColaProcess cola = start(output, "true", List.of(), "--set", "checkpoint.every=100")) {
      cola.awaitPrinted("\n    1  other");
      cola.signal(signal);
      int exitCode = cola.exitCode();
      if (exitCode != 0) {
        assertThat(cola.log())
            .containsPattern("stopped by SIG" + signal + " in round \\d; resume with --resume");
        assertThat(cola.log()).doesNotContain("\tat ");
      }
      return exitCode;
    }
  }

  @Test
  void aDiskThatIsFullForALaterCheckpointIsSaidAndTrainingGoesOn() throws Exception {
    String output = newOutput();
    List<String> options = List.of(FAULTY, "-Dspark.hadoop.faulty.bytes=400000");
    try (ColaProcess cola = start(output, "true", options, faulty(output))) {
      int exitCode = cola.exitCode();
      TABLE.add("disk full while a checkpoint is written", exitCode == 0);
      assertThat(exitCode).as(cola.log()).isZero();
      assertThat(cola.log())
          .contains("WARNING: cannot write a checkpoint to", "No space left on device");
    }
    assertThat(result(output)).isEqualTo(expected);
    assertNothingLeft(output);
  }

  @Test
  void aDiskThatIsFullForTheFirstCheckpointStopsTheJob() throws Exception {
    String output = newOutput();
    List<String> options = List.of(FAULTY, "-Dspark.hadoop.faulty.bytes=1000");
    try (ColaProcess cola = start(output, "true", options, faulty(output))) {
      assertThat(cola.exitCode()).as(cola.log()).isEqualTo(1);
      assertThat(cola.log())
          .contains("error: ", "cannot write a checkpoint to", "No space left on device")
          .contains("checkpoint.every: 0")
          .doesNotContain("\tat ");
    }
    assertThat(folder.resolve(output)).doesNotExist();
    assertThat(TinyJob.running(folder, output)).isEmpty();
    resume("disk full at the first checkpoint: a clear error", output);
  }

  @Test
  void resultsThatCannotBeWrittenAreAClearErrorAndTheCheckpointStays() throws IOException {
    String output = newOutput();
    // a file of an adapter cannot be made: what a full disk does to the last files
    Throwable failure =
        StoppedJob.run(
            folder.resolve("job.yaml"),
            folder.resolve(output),
            4,
            () -> {
              Path adapter = TinyJob.running(folder, output).get(0).resolve("adapters/topic");
              Files.delete(adapter.resolve("adapter.json"));
              Files.delete(adapter);
              Files.writeString(adapter, "in the way");
            });
    assertThat(failure)
        .hasMessageContainingAll(
            "cannot write the results to",
            "adapters/topic: a file of this name is in the way",
            "remove the cause, then continue with --resume");
    assertThat(folder.resolve(output)).doesNotExist();
    assertThat(TinyJob.running(folder, output)).isEmpty();
    assertThat(folder.resolve(output + ".checkpoints/round-000004/manifest.json")).exists();
    resume("results cannot be written", output);
  }

  @Test
  void aFileOfTheOutputThatCannotGrowIsAClearError() throws Exception {
    String output = newOutput();
    // in blocks of 1,024 bytes: room for the task's vectors, not for all lines of metrics
    String small = "adapter={rank: 1, a: 1, b: 1, targets: [query]}";
    try (ColaProcess cola =
        start(
            output,
            "ulimit -f 24",
            List.of(),
            "--set",
            small,
            "--set",
            "spark.localSteps=1",
            "--set",
            "training.epochs=100")) {
      int exitCode = cola.exitCode();
      TABLE.add("disk full in the output folder: a clear error", exitCode == 1);
      assertThat(exitCode).as(cola.log()).isEqualTo(1);
      assertThat(cola.log())
          .contains("error: ", "cannot write the results to", "File too large")
          .contains("remove the cause, then continue with --resume")
          .doesNotContain("\tat ");
    }
    assertThat(folder.resolve(output)).doesNotExist();
    assertThat(TinyJob.running(folder, output)).isEmpty();
    assertThat(folder.resolve(output + ".checkpoints")).isNotEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"manifest.json", "metrics.jsonl", "task-00001.safetensors"})
  void aDamagedCheckpointIsToldAndTheOneBeforeIsUsed(String name) throws IOException {
    String output = newOutput();
    StoppedJob.run(folder.resolve("job.yaml"), folder.resolve(output), 4);
    Path file = folder.resolve(output + ".checkpoints/round-000003").resolve(name);
    byte[] content = Files.readAllBytes(file);
    content[content.length / 2] ^= 4;
    Files.write(file, content);
    CliRun run = resume("newest checkpoint damaged", output);
    assertThat(run.err())
        .contains(
            "WARNING: checkpoint ", "round-000003 is damaged", "Training resumes after round 2");
  }
}
