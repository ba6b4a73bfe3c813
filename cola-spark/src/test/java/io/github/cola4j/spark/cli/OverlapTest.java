package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.FaultTable;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
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

/**
 * Two runs with one output, which begin one soon after the other and of which some are killed:
 * there is one result, all of it of one run. {@code -Dcola.overlap.pairs=N} tries N pairs.
 */
@Tag("faults")
@Tag("long")
@Timeout(3600)
class OverlapTest {
  private static final int PAIRS = Integer.getInteger("cola.overlap.pairs", 2);
  private static final long SEED = Long.getLong("cola.overlap.seed", 17);
  private static final int MOST_MILLISECONDS = 6_000; // of what an undisturbed run takes
  private static final FaultTable TABLE = new FaultTable("overlap");
  private static final String YAML =
      """
      model: %s
      tasks:
        - {name: topic, train: train.jsonl, validation: validation.jsonl, test: test.jsonl}
        - {name: other, train: other.jsonl}
      adapter: {rank: 2, pairing: random}
      training: {epochs: 4, batchSize: 4}
      spark: {examplesPerShard: 12, patience: 0, metric: loss}
      output: out
      """
          .formatted(TinyModel.FOLDER);

  @TempDir static Path folder;
  private static TinyJob job;
  private static List<Map<String, String>> expected;

  @BeforeAll
  static void runAlone() throws IOException {
    job = new TinyJob(folder);
    job.write("job.yaml", YAML);
    job.write("other.jsonl", TinyJob.lines(30));
    expected = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      Path output = folder.resolve("alone" + run);
      CliRun.cola(arguments(run, output, "--resume")).succeeds();
      expected.add(result(output));
    }
    assertThat(expected.get(0)).isNotEqualTo(expected.get(1)).hasSize(6);
  }

  @AfterAll
  static void print() throws IOException {
    TABLE.print();
  }

  /** The two runs of a pair differ by their seed. */
  private static String[] arguments(int run, Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("train", folder.resolve("job.yaml").toString()));
    arguments.addAll(List.of("--master", "local[1]", "--output", output.toString()));
    arguments.addAll(List.of("--set", "training.seed=" + (run + 1)));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  /** What a result's files have that its run decides: adapters' bytes, and the job's seed. */
  private static Map<String, String> result(Path output) throws IOException {
    Map<String, String> result = new TreeMap<>();
    try (Stream<Path> files = Files.walk(output)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = output.relativize(file).toString();
        if (name.endsWith(".safetensors") || name.endsWith("adapter.json")) {
          byte[] bytes = Files.readAllBytes(file);
          result.put(name, new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1));
        }
      }
    }
    return result;
  }

  private static void assertOneResult(int run, Path output, String told) throws IOException {
    assertThat(result(output)).as(told).isEqualTo(expected.get(run));
    assertThat(output.resolve("job.yaml")).content().contains("seed: " + (run + 1) + "\n");
    List<String> lines = Files.readAllLines(output.resolve("metrics.jsonl"));
    assertThat(lines).as(told).hasSize(8);
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i)).as(told).startsWith("{\"round\":" + (i / 2 + 1) + ",");
    }
    assertThat(output.resolve("results.json")).exists();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as(told)
          .noneMatch(name -> name.startsWith(output.getFileName() + "."));
    }
  }

  private static int runOf(Path output) throws IOException {
    return Files.readString(output.resolve("job.yaml")).contains("seed: 1\n") ? 0 : 1;
  }

  @Test
  void ofTwoRunsOneGivesTheResult() throws Exception {
    for (int pair = 0; pair < PAIRS; pair++) {
      SplittableRandom random = new SplittableRandom(SEED + pair);
      // a pair without a kill, one whose first and one whose second run is killed, by turns
      int victim = pair % 3 - 1;
      tryPair(pair, victim, random.nextInt(2_000), random.nextInt(MOST_MILLISECONDS));
    }
  }

  private static void tryPair(int pair, int victim, int delay, int life) throws Exception {
    Path output = folder.resolve("pair" + pair);
    String told = "pair " + pair + ": second after " + delay + " ms, ";
    told += victim < 0 ? "none killed" : victim + " killed after " + life + " ms";
    boolean[] done = new boolean[2];
    String[] logs = new String[2];
    try (ColaProcess first = process(0, output);
        ColaProcess second = processAfter(delay, output)) {
      List<ColaProcess> both = List.of(first, second);
      if (victim >= 0) {
        Thread.sleep(life);
        both.get(victim).kill();
      }
      for (int run = 0; run < 2; run++) {
        done[run] = both.get(run).exitCode() == 0;
        logs[run] = both.get(run).log();
        if (!done[run] && run != victim) { // one clear line
          assertThat(logs[run].lines().filter(line -> line.startsWith("error: ")))
              .as(told + logs[run])
              .hasSize(1);
          assertThat(logs[run]).doesNotContain("\tat ");
        }
      }
    }
    assertThat(done[0] && done[1]).as(told).isFalse();
    if (victim < 0) {
      assertThat(done[0] || done[1]).as(told + logs[0] + logs[1]).isTrue();
    }
    // the scheduler's next try, of the run whose checkpoints there are, or of any
    int run = Files.exists(output) ? runOf(output) : Math.max(victim, 0);
    CliRun again = CliRun.cola(arguments(run, output, "--resume"));
    if (again.err().contains("is of another job")) {
      run = 1 - run;
      again = CliRun.cola(arguments(run, output, "--resume"));
    }
    boolean survived = again.exitCode() == 0 && result(output).equals(expected.get(run));
    TABLE.add(victim < 0 ? "two runs, none killed" : "two runs, one killed", survived);
    again.succeeds();
    assertOneResult(run, output, told);
    if (done[0] || done[1]) {
      assertThat(again.out()).as(told).contains("already complete");
    }
  }

  private static ColaProcess process(int run, Path output) throws IOException {
    return new ColaProcess(
        folder.resolve("log-" + output.getFileName() + "-" + run),
        "true",
        List.of(),
        arguments(run, output));
  }

  private static ColaProcess processAfter(int milliseconds, Path output)
      throws IOException, InterruptedException {
    Thread.sleep(milliseconds);
    return process(1, output);
  }
}
