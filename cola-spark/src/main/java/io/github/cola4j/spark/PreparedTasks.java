package io.github.cola4j.spark;

import io.github.cola4j.spark.internal.prepare.ShardedTasks;
import io.github.cola4j.spark.internal.round.RoundLoop;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.TrainingConfig;

/**
 * Tasks whose examples are dealt out and tokenised, for several trainers of one frozen model that
 * differ in adapters, optimiser and schedule. Close it after training.
 */
public final class PreparedTasks implements AutoCloseable {
  private final ShardedTasks shards;
  private final Dealing dealing;

  /** What decides how examples are dealt out, and much else that trainers may have in common. */
  private record Dealing(String model, TrainingConfig training, RoundConfig rounds) {
    static Dealing of(String model, TrainingConfig training, RoundConfig rounds) {
      return new Dealing(
          model,
          training
              .withOptimizer(OptimizerConfig.defaults())
              .withSchedule(ScheduleConfig.defaults()),
          rounds);
    }
  }

  PreparedTasks(ShardedTasks shards, String model, TrainingConfig training, RoundConfig rounds) {
    this.shards = shards;
    this.dealing = Dealing.of(model, training, rounds);
  }

  /** Whether a trainer's examples would be dealt out and tokenised as these are. */
  boolean fits(String model, TrainingConfig training, RoundConfig rounds) {
    return dealing.equals(Dealing.of(model, training, rounds));
  }

  /** The tasks, and where rounds find their shards. */
  RoundLoop.Data data() {
    return shards.data();
  }

  @Override
  public void close() {
    shards.close();
  }
}
