package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.train.TaskState;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockResult;
import scala.Option;
import scala.collection.Iterator;

/** What a local Spark still holds of ours. */
public final class HeldBySpark {
  private HeldBySpark() {}

  /** Fails if, some time later, RDDs are persisted or states broadcast. */
  public static void awaitNothing(JavaSparkContext spark) {
    assertThat(spark.getPersistentRDDs()).isEmpty();
    // Spark removes the blocks of a destroyed broadcast in the background
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (states() > 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    assertThat(states()).isZero();
  }

  /** The number of broadcast values that are states or parameters. */
  public static int states() {
    BlockManager blocks = SparkEnv.get().blockManager();
    int states = 0;
    Iterator<BlockId> ids =
        blocks
            .getMatchingBlockIds(id -> id.isBroadcast() && !id.name().contains("piece"))
            .iterator();
    while (ids.hasNext()) {
      Option<BlockResult> held = blocks.getLocalValues(ids.next());
      // read to its end, since that releases the block
      Iterator<?> values = held.isEmpty() ? Iterator.empty() : held.get().data();
      while (values.hasNext()) {
        Object value = values.next();
        states += value instanceof TaskState || value instanceof float[] ? 1 : 0;
      }
    }
    return states;
  }
}
