package io.github.cola4j.spark.averaging;

import java.io.Serializable;

/**
 * Adam's moments of one shard.
 *
 * @param m first moment [P], or its parts that a round has trained
 * @param v second moment, like m
 */
public record ShardMoments(float[] m, float[] v) implements Serializable {
  /** Checks that the vectors have one length. */
  public ShardMoments {
    if (m.length != v.length) {
      throw new IllegalArgumentException(
          "expected moments of one length, got " + m.length + " and " + v.length);
    }
  }

  /** Before the first step. */
  public static ShardMoments none(int length) {
    return new ShardMoments(new float[length], new float[length]);
  }

  /** The bytes of its vectors. */
  public long bytes() {
    return 2L * Float.BYTES * m.length;
  }
}
