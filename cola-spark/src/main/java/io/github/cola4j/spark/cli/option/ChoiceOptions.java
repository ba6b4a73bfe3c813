package io.github.cola4j.spark.cli.option;

import io.github.cola4j.spark.job.spec.ChoiceSpec;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.util.List;
import picocli.CommandLine.Option;

/** Multiple-choice questions for a language model. */
public final class ChoiceOptions {
  @Option(
      names = "--choices",
      paramLabel = "FILE",
      description = "Language model: files of multiple-choice questions.")
  private List<String> files = List.of();

  @Option(
      names = "--subject",
      paramLabel = "TEXT",
      description = "What the questions are about, as the prompt says it (default: the task).")
  private String subject;

  @Option(
      names = "--shots",
      paramLabel = "K",
      defaultValue = "0",
      description =
          "Solved questions shown before each: the first ones (default ${DEFAULT-VALUE}).")
  private int shots;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "0",
      description = "Questions asked at most; 0 asks all (default ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = "--choice-seed",
      paramLabel = "SEED",
      defaultValue = "42",
      description =
          "Chooses the questions of --limit; training.seed gives the job's (default"
              + " ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--choice-prompt",
      paramLabel = "PROMPT",
      defaultValue = "paper",
      description =
          "paper: as the paper has it; template: as a user's message in the adapter's template"
              + " (default ${DEFAULT-VALUE}).")
  private String prompt;

  public boolean given() {
    return !files.isEmpty();
  }

  public List<String> files() {
    return DataPaths.of(files);
  }

  public long seed() {
    return seed;
  }

  public ChoiceSpec spec() {
    try {
      return new ChoiceSpec(files(), subject, shots, limit, prompt);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException(
          "--choices, --shots, --limit or --choice-prompt: " + e.getMessage(), e);
    }
  }
}
