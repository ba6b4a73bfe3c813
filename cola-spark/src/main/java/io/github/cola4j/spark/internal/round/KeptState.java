package io.github.cola4j.spark.internal.round;

import io.github.cola4j.train.TaskState;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A task's state on the driver. Once sent, Spark keeps it, and puts it on disk where memory is
 * short: the driver holds the states of many tasks, and needs few of them at a time.
 */
final class KeptState {
  private final int step;
  private final int length;
  private final long bytes;
  private TaskState state; // null once sent
  private Broadcast<TaskState> sent;

  KeptState(TaskState state) {
    this.step = state.step();
    this.length = state.theta().length;
    this.bytes = state.bytes();
    this.state = state;
  }

  /** Optimiser steps done. */
  int step() {
    return step;
  }

  /** How many parameters. */
  int length() {
    return length;
  }

  /** The bytes of its vectors. */
  long bytes() {
    return bytes;
  }

  /** The state, possibly read from disk. */
  TaskState get() {
    return sent == null ? state : sent.value();
  }

  /** Gives it to Spark, to be fetched by executors; the second time it is there already. */
  Broadcast<TaskState> send(JavaSparkContext spark) {
    if (sent == null) {
      sent = spark.broadcast(state);
      state = null;
    }
    return sent;
  }

  /** Executors need it no more, the driver does. */
  void recall() {
    if (sent != null) {
      sent.unpersist();
    }
  }

  /** Nobody needs it any more; the second time there is nothing left to do. */
  void destroy() {
    if (sent != null) {
      sent.destroy();
      sent = null;
    }
  }
}
