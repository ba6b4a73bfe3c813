package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A job of two language-model tasks on the tiny Llama, in a folder of its own. */
final class TinyChatJob {
  private static final List<String> WORDS = List.of("court", "fever", "shares", "order", "cough");

  private static final JsonMapper JSON = new JsonMapper();

  final Path folder;

  /** Writes job file and data. */
  TinyChatJob(Path folder) {
    this.folder = folder;
    write(
        "job.yaml",
        """
        model: %s
        prompt: {template: model}
        tasks:
          - name: shout
            train: shout.jsonl
            test: test.jsonl
            choices: {files: questions.csv, subject: words, shots: 1, limit: 6}
          - name: spell
            train: spell.jsonl
        adapter: {rank: 4}
        training:
          epochs: 3
          batchSize: 4
          maxLength: 60
          seed: 42
          optimizer: {learningRate: 0.02}
          schedule: {name: constant}
        spark: {examplesPerShard: 100, metric: loss}
        output: out
        """
            .formatted(TinyModel.LLAMA));
    write("shout.jsonl", lines(24, true));
    write("spell.jsonl", lines(24, false));
    String words = "a very long story ".repeat(10);
    write(
        "test.jsonl",
        lines(9, true)
            + row("say it", words)
            + row(words, "too late")
            + "{\"instruction\": \"no answer\"}\n");
    write(
        "questions.csv",
        "question,A,B,C,answer\n"
            + IntStream.range(0, 10)
                .mapToObj(i -> "which " + WORDS.get(i % 5) + ",x,y,z," + "ABC".charAt(i % 3) + "\n")
                .collect(Collectors.joining()));
  }

  /** Rows with an instruction and its answer. */
  static String lines(int count, boolean loud) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              String word = WORDS.get(i % 5);
              String answer = loud ? word.toUpperCase(Locale.ROOT) : spelt(word);
              return row("the " + word + " " + i, answer);
            })
        .collect(Collectors.joining());
  }

  private static String spelt(String word) {
    return String.join("-", word.split(""));
  }

  private static String row(String instruction, String output) {
    return "{\"instruction\": \"" + instruction + "\", \"output\": \"" + output + "\"}\n";
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  String adapter(String task) {
    return path("out/adapters/" + task).toString();
  }

  Path write(String name, String content) {
    try {
      Files.createDirectories(path(name).getParent());
      return Files.writeString(path(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows that {@code cola predict} writes, with answers of 8 tokens at most. */
  List<JsonNode> predicted(String adapter, String data, String output) throws IOException {
    String file = path(output).toString();
    CliRun.cola("predict", adapter, "--data", data, "--output", file, "--max-new-tokens", "8")
        .succeeds();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(path(output))) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }
}
