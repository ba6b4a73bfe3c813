package io.github.cola4j.spark.internal.state;

import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TrainingSnapshot.Stopping;
import io.github.cola4j.train.Evaluation;
import java.util.List;

/** Judges validations of tasks that start and stop together. */
public final class EarlyStopping {
  private EarlyStopping() {}

  /**
   * What a validation has come to.
   *
   * @param remembered with it
   * @param isBest whether the validated states are kept as the best
   */
  public record Verdict(Stopping remembered, boolean isBest) {}

  /**
   * Takes a validation's evaluations. They are the best if their mean score is better than any
   * before (ties go to the smaller loss), always where the last state is kept.
   */
  public static Verdict judge(Stopping before, List<Evaluation> evaluations, RoundConfig config) {
    double score =
        evaluations.stream()
            .mapToDouble(evaluation -> score(evaluation, config))
            .average()
            .orElse(Double.NEGATIVE_INFINITY);
    if (Double.isNaN(score)) {
      score = Double.NEGATIVE_INFINITY;
    }
    double loss = evaluations.stream().mapToDouble(Evaluation::loss).average().orElse(0);
    boolean first = before.rounds() == 0;
    boolean last = config.metric().equals(RoundConfig.LAST);
    boolean better = score > before.best() || (score == before.best() && loss < before.bestLoss());
    int rounds = before.rounds() + 1;
    return first || last || better
        ? new Verdict(new Stopping(score, loss, 0, rounds), true)
        : new Verdict(
            new Stopping(before.best(), before.bestLoss(), before.worse() + 1, rounds), false);
  }

  /** Whether patience has run out. */
  public static boolean stops(Stopping remembered, RoundConfig config) {
    return config.patience() > 0 && remembered.worse() >= config.patience();
  }

  private static double score(Evaluation evaluation, RoundConfig config) {
    return switch (config.metric()) {
      case "loss" -> -evaluation.loss();
      case "macroF1" -> evaluation.macroF1();
      default -> evaluation.accuracy();
    };
  }
}
