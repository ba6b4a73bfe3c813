package io.github.cola4j.spark.cli.option;

import io.github.cola4j.model.generate.RewardGuidedGenerator.Rule;
import io.github.cola4j.model.generate.Speculation;
import io.github.cola4j.model.generate.SpeculativeGenerator.Draft;
import io.github.cola4j.spark.inference.DraftModel;
import io.github.cola4j.spark.inference.DraftModel.Scorer;
import io.github.cola4j.spark.job.LocalFolder;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Option;

/** A smaller model that proposes tokens to a language model (speculative decoding). */
public final class DraftOptions {
  @Option(
      names = "--draft",
      paramLabel = "MODEL",
      description =
          "Language model: a smaller one of the same tokenizer, which proposes tokens (speculative"
              + " decoding); answers have the same distribution as without it.")
  private String draft;

  @Option(
      names = "--draft-adapter",
      paramLabel = "ADAPTER",
      description = "Language model: an adapter of the draft model.")
  private String adapter;

  @Option(
      names = "--draft-tokens",
      paramLabel = "N",
      defaultValue = "" + Draft.TOKENS,
      description =
          "Language model: tokens that the draft model proposes at a time, at most (default"
              + " ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--reward",
      paramLabel = "ADAPTER",
      description =
          "Language model: a classifier on the draft model, which scores its steps; a step that"
              + " scores too little is written by the model itself (reward-guided speculative"
              + " decoding).")
  private String reward;

  @Option(
      names = "--reward-label",
      paramLabel = "LABEL",
      defaultValue = Scorer.LABEL,
      description =
          "Language model: the label whose probability is the score (default ${DEFAULT-VALUE}).")
  private String label;

  @Option(
      names = "--reward-threshold",
      paramLabel = "R",
      defaultValue = "" + Rule.THRESHOLD,
      description = "Language model: the score with which a step stays (default ${DEFAULT-VALUE}).")
  private double threshold;

  /** What is done with a draft model. */
  @FunctionalInterface
  public interface Use<T> {
    /**
     * Uses it.
     *
     * @param draft null where there is none
     */
    T of(DraftModel draft) throws IOException;
  }

  /** Uses the draft model, whose adapters' folders are local meanwhile. */
  public <T> T use(Use<T> use) throws IOException {
    if (draft == null) {
      if (adapter != null || reward != null) {
        throw new InvalidJobException(
            (adapter != null ? "--draft-adapter" : "--reward")
                + " needs its model; give --draft too",
            null);
      }
      return use.of(null);
    }
    check();
    return local(
        adapter,
        own ->
            local(
                reward,
                scoring ->
                    use.of(
                        new DraftModel(
                            draft,
                            own,
                            tokens,
                            scoring == null ? null : new Scorer(scoring, label, threshold)))));
  }

  private void check() {
    try {
      Draft.requireTokens(tokens);
      Rule.requireThreshold(threshold);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--draft-tokens or --reward-threshold: " + e.getMessage(), e);
    }
  }

  private static <T> T local(String location, LocalFolder.Use<T> use) throws IOException {
    if (location == null) {
      return use.of(null);
    }
    try (LocalFolder local = LocalFolder.of(location)) {
      return local.use(use);
    }
  }

  /** What it was good for, as a line. */
  public static String line(Speculation speculation) {
    return String.format(
        Locale.ROOT,
        "draft: %.1f%% of %d proposed tokens accepted, %.2f tokens a pass of the model",
        100 * speculation.acceptanceRate(),
        speculation.proposed(),
        speculation.tokensPerPass());
  }
}
