package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.Evaluation;
import java.util.List;

/** Remembers the best validation score of tasks that start and stop together. */
final class EarlyStopping {
  private final RoundConfig config;
  private double best;
  private double bestLoss;
  private int worse;
  private int rounds;

  EarlyStopping(RoundConfig config) {
    this(config, TrainingSnapshot.Stopping.NOTHING);
  }

  /** Goes on with what another remembered. */
  EarlyStopping(RoundConfig config, TrainingSnapshot.Stopping remembered) {
    this.config = config;
    best = remembered.best();
    bestLoss = remembered.bestLoss();
    worse = remembered.worse();
    rounds = remembered.rounds();
  }

  /** What it remembers. */
  TrainingSnapshot.Stopping remembered() {
    return new TrainingSnapshot.Stopping(best, bestLoss, worse, rounds);
  }

  /**
   * Takes a validation's evaluations; true if it is the best so far (ties go to the smaller loss),
   * always where the last state is kept.
   */
  boolean improves(List<Evaluation> evaluations) {
    double score =
        evaluations.stream().mapToDouble(this::score).average().orElse(Double.NEGATIVE_INFINITY);
    if (Double.isNaN(score)) {
      score = Double.NEGATIVE_INFINITY;
    }
    double loss = evaluations.stream().mapToDouble(Evaluation::loss).average().orElse(0);
    boolean first = rounds++ == 0;
    boolean last = config.metric().equals(RoundConfig.LAST);
    if (first || last || score > best || (score == best && loss < bestLoss)) {
      best = score;
      bestLoss = loss;
      worse = 0;
      return true;
    }
    worse++;
    return false;
  }

  /** Whether patience has run out. */
  boolean stops() {
    return config.patience() > 0 && worse >= config.patience();
  }

  private double score(Evaluation evaluation) {
    return switch (config.metric()) {
      case "loss" -> -evaluation.loss();
      case "macroF1" -> evaluation.macroF1();
      default -> evaluation.accuracy();
    };
  }
}
