package io.github.cola4j.train.language;

import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.TrainingConfig;
import java.util.List;

/**
 * What the objectives of decoders have in common: no classes, no head, and examples that there may
 * be nothing to learn from.
 *
 * @param <E> an example before it is tokenised
 */
interface DecoderObjective<E> extends Objective<E> {

  @Override
  default List<String> classes() {
    return List.of();
  }

  @Override
  default boolean drops() {
    return true;
  }

  @Override
  default float[] start(FrozenModel base, float[] initial, long seed) {
    return initial.clone();
  }

  /** Refuses what is for classifiers alone. */
  static void requireNoLabels(TrainingConfig training) {
    if (training.labelSmoothing() > 0) {
      throw new IllegalArgumentException(
          "training.labelSmoothing is for classifiers of texts, and this task learns tokens;"
              + " leave it out");
    }
  }

  /** Refuses lengths that leave no token to predict. */
  static int limit(int maxLength, int maxPositions) {
    int limit = Math.min(maxLength, maxPositions);
    if (limit < 2) {
      throw new IllegalArgumentException("expected maxLength of at least 2, got " + limit);
    }
    return limit;
  }
}
