package io.github.cola4j.spark.ml.sweep;

/**
 * A candidate at the end of a rung.
 *
 * @param candidate its number, from 0
 * @param rung from 0
 * @param epochs after which the rung is over
 * @param rounds trained
 * @param examples trained on, each as often as it was seen
 * @param validationLoss the mean of its tasks; NaN if it diverged
 * @param accuracy the mean of its tasks; NaN if it diverged
 * @param kept whether it climbs on; at the last rung whether it is the best
 */
public record Standing(
    int candidate,
    int rung,
    int epochs,
    int rounds,
    long examples,
    double validationLoss,
    double accuracy,
    boolean kept) {
  /** The same of one that climbs on. */
  Standing kept(boolean climbs) {
    return new Standing(
        candidate, rung, epochs, rounds, examples, validationLoss, accuracy, climbs);
  }

  /** The same of one that diverged before the rung's end. */
  Standing diverged() {
    return new Standing(candidate, rung, epochs, rounds, examples, Double.NaN, Double.NaN, false);
  }
}
