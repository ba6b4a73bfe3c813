package io.github.cola4j.spark.training;

import java.util.function.Consumer;

/** Is given all tasks between rounds, once the listener has been notified of the round. */
public interface SnapshotListener extends Consumer<TrainingSnapshot> {

  /**
   * The group of the Spark jobs that read snapshots. Who cancels jobs to end a training leaves
   * these alone, so that its last round is not lost.
   */
  String JOB_GROUP = "cola4j.snapshot";

  /**
   * Rounds from one to the next; the last comes when training is over. Rounds between two may be
   * trained without a look at them.
   */
  default int every() {
    return 1;
  }

  /**
   * Training cannot go on, or was interrupted; what it failed with is thrown afterwards.
   *
   * @param last after the newest round, where {@link #accept} was not given it
   */
  default void cutShort(TrainingSnapshot last) {}

  /** Does something every so many rounds. */
  static SnapshotListener of(int every, Consumer<TrainingSnapshot> listener) {
    return new SnapshotListener() {
      @Override
      public int every() {
        return every;
      }

      @Override
      public void accept(TrainingSnapshot snapshot) {
        listener.accept(snapshot);
      }
    };
  }

  /** Wants none. */
  static SnapshotListener none() {
    return of(Integer.MAX_VALUE, snapshot -> {});
  }
}
