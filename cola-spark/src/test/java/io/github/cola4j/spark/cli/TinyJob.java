package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A job of one easy task on the tiny model, in a folder of its own. */
final class TinyJob {
  static final String YAML =
      """
      model: %s
      tasks:
        - name: topic
          train: train.jsonl
          validation: validation.jsonl
          test: test.jsonl
      adapter:
        rank: 2
      training:
        epochs: 2
        batchSize: 4
        optimizer: {headLearningRate: 0.05}
      spark:
        examplesPerShard: 12
        metric: accuracy
      output: out
      """
          .formatted(TinyModel.FOLDER);

  private static final List<String> TEXTS =
      List.of("the doctors treated the patient", "the bank was lending shares");

  final Path folder;

  /** Writes job file and data. */
  TinyJob(Path folder) {
    this.folder = folder;
    write("job.yaml", YAML);
    write("train.jsonl", lines(24));
    write("validation.jsonl", lines(6));
    write("test.jsonl", lines(8));
  }

  /** Adds a task of pairs of texts, {@code pairs}. */
  void addPairs() {
    write("pairs.csv", "first,second,same\nthe bank,the order,no\nan integral,an integral,yes\n");
    String pairs =
        """
          - name: pairs
            train: pairs.csv
            columns: {text: first, pair: second, label: same}
        adapter:
        """;
    edit("adapter:\n", pairs);
  }

  /** Rows of two classes by turns. */
  static String lines(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> row(TEXTS.get(i % 2) + " " + "with rate ".repeat(i % 3), i % 2))
        .collect(Collectors.joining());
  }

  private static String row(String text, int label) {
    return "{\"text\": \""
        + text.strip()
        + "\", \"label\": \""
        + (label == 0 ? "med" : "fin")
        + "\"}\n";
  }

  /** The folders that runs with an output work in. */
  static List<Path> running(Path folder, String output) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(output + ".running-"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  Path write(String name, String content) {
    try {
      Files.createDirectories(path(name).getParent());
      return Files.writeString(path(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes the job file. */
  void edit(String from, String to) {
    assertThat(YAML).contains(from);
    write("job.yaml", YAML.replace(from, to));
  }

  /** {@code cola train}. */
  CliRun train(String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.add("train");
    arguments.add(path("job.yaml").toString());
    arguments.addAll(List.of("--master", "local[2]"));
    arguments.addAll(List.of(more));
    return CliRun.cola(arguments);
  }

  /**
   * Training fails with one message, and leaves nothing; not where there was nothing, and not where
   * there was an older result.
   */
  void trainFails(int code, List<String> arguments, String... message) {
    String[] plain = arguments.toArray(String[]::new);
    Map<String, String> before = content();
    train(plain).failsWith(code, message);
    assertThat(content()).isEqualTo(before);
    write("out/results.json", "{}");
    write("out/metrics.jsonl", "{}");
    write("out/adapters/topic/adapter.json", "{}");
    before = content();
    train(Stream.concat(Stream.of(plain), Stream.of("--overwrite")).toArray(String[]::new))
        .failsWith(code, message);
    assertThat(content()).isEqualTo(before);
  }

  /** Every file and folder, with its content. */
  private Map<String, String> content() {
    try (Stream<Path> files = Files.walk(folder)) {
      TreeMap<String, String> content = new TreeMap<>();
      for (Path file : files.toList()) {
        String name = folder.relativize(file).toString();
        content.put(
            name,
            Files.isDirectory(file)
                ? "/"
                : new String(
                    Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1));
      }
      return content;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
