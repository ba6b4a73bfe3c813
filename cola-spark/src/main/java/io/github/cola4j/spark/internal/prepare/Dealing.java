package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.data.Batcher;
import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Where a seeded permutation puts each of a task's examples. It is computed once: where several
 * Spark tasks need it the driver does and sends it, as each of them would need all of it for its
 * own few examples; where one does, that one computes it. Close it when no Spark task needs it.
 *
 * @param examples how many there are
 * @param sent the permutation, or null
 */
record Dealing(int examples, long seed, Broadcast<int[]> sent)
    implements Serializable, AutoCloseable {

  /** The permutation of so many examples, which so many partitions hold. */
  static Dealing of(JavaSparkContext spark, int examples, long seed, int partitions) {
    return new Dealing(
        examples,
        seed,
        partitions > 1 ? spark.broadcast(Batcher.permutation(examples, seed)) : null);
  }

  /** The examples' places; not to be changed. */
  int[] places() {
    return sent == null ? Batcher.permutation(examples, seed) : sent.value();
  }

  @Override
  public void close() {
    if (sent != null) {
      sent.destroy();
    }
  }
}
