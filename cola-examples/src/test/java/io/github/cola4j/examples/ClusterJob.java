package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.cli.Cola;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A small job of two tasks with three shards each.
 *
 * @param folder it is written to
 * @param rounds of each task
 */
record ClusterJob(Path folder, int rounds) {
  private static final List<String> TASKS = List.of("films", "weather");

  /**
   * Writes the job and its data.
   *
   * @param words how many words an example's text has at least
   */
  static ClusterJob write(Path folder, int rounds, int words) throws IOException {
    String[][] moods = {{"warm", "lovely", "clever"}, {"dull", "poor", "silly"}};
    for (String task : TASKS) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 48; i++) {
        String mood = moods[i % 2][i / 2 % 3];
        lines.add(
            String.format(
                "{\"text\": \"%s were %son day %d\", \"label\": \"%s\"}",
                task, (mood + " ").repeat(words), i * i, i % 2 == 0 ? "good" : "bad"));
      }
      Files.write(folder.resolve(task + ".jsonl"), lines);
    }
    Files.writeString(
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
            .formatted(rounds));
    return new ClusterJob(folder, rounds);
  }

  /** The command that trains it. */
  String[] train(Path output) {
    return new String[] {
      "train", folder.resolve("job.yaml").toString(), "--output", output.toString()
    };
  }

  /** Trains it with two threads of this JVM. */
  Path trainLocally() {
    Path output = folder.resolve("local");
    List<String> command = new ArrayList<>(List.of(train(output)));
    command.addAll(List.of("--master", "local[2]"));
    assertThat(Cola.run(command.toArray(String[]::new))).isZero();
    return output;
  }

  /** How many rounds of tasks a running training has ended. */
  static int roundsDone(Path output) {
    String running = output.getFileName() + ".running-*";
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(output.getParent(), running)) {
      for (Path folder : folders) {
        Path metrics = folder.resolve("metrics.jsonl");
        return Files.exists(metrics) ? Files.readAllLines(metrics).size() : 0;
      }
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same adapters, to the bit, after the same rounds. */
  void assertSameResults(Path output, Path expected) throws IOException {
    for (String task : TASKS) {
      String adapter = "adapters/" + task + "/adapter.safetensors";
      assertThat(output.resolve(adapter)).hasSameBinaryContentAs(expected.resolve(adapter));
    }
    assertThat(Files.readAllLines(output.resolve("metrics.jsonl"))).hasSize(TASKS.size() * rounds);
  }
}
