package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Input most of whose rows are bad: every one is counted and kept, and memory does not grow. */
class DirtyRowsTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  /** More than the driver takes at a time. */
  @Test
  void everyBadRowIsCountedByItsKindAndKept() throws IOException {
    long rows = 9_000;
    CliRun.cola(job(rows)).succeeds();
    check(rows);
  }

  /**
   * The quarantine alone has more text than the heap has room. {@code -Dcola.dirty.rows} makes it
   * quicker.
   */
  @Test
  @Tag("long")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void aMillionRowsFitIntoASmallHeap() throws IOException, InterruptedException {
    long rows = Long.getLong("cola.dirty.rows", 1_000_000);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Spark asks for 450 MiB
    command.addAll(List.of("-Xmx480m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(List.of(System.getProperty("cola.jvm.flags", "").strip().split("\\s+")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Cola.class.getName()));
    command.addAll(job(rows));
    File log = folder.resolve("log").toFile();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
    try {
      assertThat(process.waitFor()).as(() -> end(log)).isZero();
    } finally {
      process.destroyForcibly();
    }
    check(rows);
  }

  private static String end(File log) {
    try {
      String text = Files.readString(log.toPath());
      return text.substring(Math.max(0, text.length() - 4000));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Two files, and the arguments that train on some of their good rows. */
  private List<String> job(long rows) throws IOException {
    TinyJob job = new TinyJob(folder);
    long half = rows / 2;
    new DirtyRows(0, half).write(job.path("a.jsonl.gz"));
    new DirtyRows(half, rows - half).write(job.path("b.jsonl.gz"));
    return List.of(
        "train",
        job.path("job.yaml").toString(),
        "--master",
        "local[2]",
        "--set",
        "tasks.0.train=[a.jsonl.gz, b.jsonl.gz]",
        "--set",
        "tasks.0.validation=[]",
        "--set",
        "data={maxExamples: 60, maxBadRows: " + rows + "}");
  }

  private void check(long rows) throws IOException {
    Map<String, Long> kinds = DirtyRows.kinds(rows);
    long bad = kinds.values().stream().mapToLong(Long::longValue).sum();
    JsonNode result =
        JSON.readTree(folder.resolve("out/results.json").toFile()).path("tasks").path(0);
    assertThat(result.path("badRows").asLong()).isEqualTo(bad);
    Map<String, Long> counted = new TreeMap<>();
    result
        .path("badRowsBecause")
        .properties()
        .forEach(kind -> counted.put(kind.getKey(), kind.getValue().asLong()));
    assertThat(counted).isEqualTo(kinds);
    assertThat(result.path("duplicates").asLong())
        .isEqualTo(LongStream.range(0, rows).filter(DirtyRows::repeats).count() - 1);
    assertThat(result.path("trainExamples").asInt()).isEqualTo(54);

    // the quarantine has every bad row in its order, with its line
    try (BufferedReader lines = Files.newBufferedReader(folder.resolve("out/quarantine.jsonl"))) {
      for (long row = 0; row < rows; row++) {
        String kind = DirtyRows.kind(row);
        if (kind != null) {
          BadRow kept = JSON.readValue(lines.readLine(), BadRow.class);
          long half = rows / 2;
          boolean second = row >= half;
          assertThat(kept.file()).endsWith(second ? "b.jsonl.gz" : "a.jsonl.gz");
          assertThat(kept.line()).isEqualTo(second ? row - half + 1 : row + 1);
          assertThat(kept.kind()).isEqualTo(kind);
          assertThat(kept.content()).hasSize(BadRow.MAX_CONTENT);
          assertThat(kept.reason()).hasSizeLessThanOrEqualTo(BadRow.MAX_CONTENT);
        }
      }
      assertThat(lines.readLine()).isNull();
    }
  }
}
