package io.github.cola4j.spark.track;

import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;

/** Rounds as a training tells of them. */
final class TinyRounds {
  static final int STEPS = 5; // of a round
  static final long GPU_BYTES = 3L << 30;

  private TinyRounds() {}

  /** A round of a task, whose losses are the step's reciprocal and half of that. */
  static RoundMetrics round(int round, String task) {
    int step = STEPS * round;
    return new RoundMetrics(
        round,
        task,
        step,
        20,
        1.0 / step,
        3e-4,
        1.5,
        0.5 / step,
        0.875,
        0.8,
        null,
        true,
        80,
        900,
        2,
        0,
        null,
        100,
        200,
        1500,
        4,
        2,
        GPU_BYTES,
        0.75,
        123.25,
        3,
        RoundTime.ZERO,
        90,
        "2026-03-01T12:30:0" + round + ".250Z");
  }
}
