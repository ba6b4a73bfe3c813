package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A job of one task of dialogues on the tiny Llama, in a folder of its own. */
final class TinyDialogues {
  static final String YAML =
      """
      model: %s
      prompt: {template: plain}
      tasks:
        - name: sums
          train: train.jsonl
          validation: validation.jsonl
          test: test.jsonl
          choices: {files: questions.csv, subject: sums}
      adapter: {rank: 2, alpha: 4}
      training: {epochs: 1, batchSize: 4, maxLength: 60}
      spark: {metric: loss}
      output: out
      """
          .formatted(TinyModel.LLAMA);

  private TinyDialogues() {}

  /** Writes job file and data. */
  static TinyJob in(Path folder) {
    TinyJob job = new TinyJob(folder);
    job.write("job.yaml", YAML);
    job.write("train.jsonl", lines(8));
    job.write("validation.jsonl", lines(2));
    job.write("test.jsonl", lines(3));
    job.write("questions.csv", questions(3));
    return job;
  }

  /** Alpaca rows. */
  static String lines(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> line("the rate of " + i, "bank " + i))
        .collect(Collectors.joining());
  }

  static String line(String instruction, String output) {
    return "{\"instruction\": \"" + instruction + "\", \"output\": \"" + output + "\"}\n";
  }

  /** Questions with two options. */
  static String questions(int count) {
    return "question,A,B,answer\n"
        + IntStream.range(0, count)
            .mapToObj(i -> "the rate of " + i + "?,one,two," + (i % 2 == 0 ? "A" : "B") + "\n")
            .collect(Collectors.joining());
  }

  /** The task's line of {@code results.json}. */
  static JsonNode result(TinyJob job) {
    try {
      return new JsonMapper().readTree(job.path("out/results.json").toFile()).at("/tasks/0");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
