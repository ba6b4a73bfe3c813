package io.github.cola4j.spark.cli.option;

import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.util.List;
import picocli.CommandLine.Option;

/** How a language model's answers are chosen, and where they end. */
public final class SamplingOptions {
  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Language model: tokens of an answer at most (default ${DEFAULT-VALUE}).")
  private int maxNewTokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0",
      description =
          "Language model: 0 is greedy decoding, more samples more freely (default"
              + " ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description =
          "Language model: samples from the K most likely tokens; 0 from all (default"
              + " ${DEFAULT-VALUE}).")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description =
          "Language model: samples from the most likely tokens, whose probabilities add up to"
              + " this (default ${DEFAULT-VALUE}).")
  private double topP;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Language model: ends an answer, and is not part of it. Repeat.")
  private List<String> stop = List.of();

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "42",
      description =
          "Language model: decides the draws, with a row's number (default ${DEFAULT-VALUE}).")
  private long seed;

  public Sampling sampling() {
    try {
      return new Sampling(maxNewTokens, temperature, topK, topP, stop, seed);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException(
          "--max-new-tokens, --temperature, --top-k, --top-p or --stop: " + e.getMessage(), e);
    }
  }
}
