package io.github.cola4j.spark.training;

/**
 * What a round's seconds went to. Each moment of the driver's clock belongs to one part, so that
 * the parts add up to the round. docs/how-to/monitor.md has the definitions.
 *
 * @param train executors trained: the seconds of all shards over the number of shards that can be
 *     trained at once
 * @param waiting executors had nothing to do: scheduling, idle cores at the end of a stage, the
 *     driver's own work
 * @param reduce from the end of the last shard until the driver has the counts
 * @param broadcast states went to shards, measured as {@code train}
 * @param validate the validation's job, or the executors' part of it as in {@code train}
 * @param checkpoint checkpoints were written
 */
public record RoundTime(
    double train,
    double waiting,
    double reduce,
    double broadcast,
    double validate,
    double checkpoint) {
  /** No time at all. */
  public static final RoundTime ZERO = new RoundTime(0, 0, 0, 0, 0, 0);

  /** Both together. */
  public RoundTime plus(RoundTime other) {
    return new RoundTime(
        train + other.train,
        waiting + other.waiting,
        reduce + other.reduce,
        broadcast + other.broadcast,
        validate + other.validate,
        checkpoint + other.checkpoint);
  }

  /** All parts together. */
  public double total() {
    return train + waiting + reduce + broadcast + validate + checkpoint;
  }
}
