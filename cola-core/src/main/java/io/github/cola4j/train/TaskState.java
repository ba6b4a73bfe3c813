package io.github.cola4j.train;

import java.io.Serializable;

/**
 * All that training changes of a task.
 *
 * @param theta parameters [P]
 * @param m Adam's first moment [P]
 * @param v Adam's second moment [P]
 * @param step optimiser steps done
 */
public record TaskState(float[] theta, float[] m, float[] v, int step) implements Serializable {
  /** Checks that the vectors have one length. */
  public TaskState {
    if (m.length != theta.length || v.length != theta.length) {
      throw new IllegalArgumentException(
          "expected moments as long as the parameters, "
              + theta.length
              + ", got "
              + m.length
              + " and "
              + v.length);
    }
  }

  /** The state before the first step. */
  public static TaskState initial(float[] theta) {
    return new TaskState(theta, new float[theta.length], new float[theta.length], 0);
  }

  /** The bytes of its vectors. */
  public long bytes() {
    return 3L * Float.BYTES * theta.length;
  }
}
