package io.github.cola4j.spark.internal.shard;

import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Named accumulators that Spark's UI shows on the page of a training's stage, by task and in all.
 * They count what executors have computed, so a shard that is trained again counts again; {@link
 * RoundMetrics} counts what was averaged.
 */
public record ShardCounters(
    LongAccumulator shards,
    LongAccumulator rejected,
    LongAccumulator examples,
    LongAccumulator tokens)
    implements Serializable {

  public static ShardCounters register(JavaSparkContext spark) {
    return new ShardCounters(
        spark.sc().longAccumulator("shards"),
        spark.sc().longAccumulator("rejected"),
        spark.sc().longAccumulator("examples"),
        spark.sc().longAccumulator("tokens"));
  }

  public void add(ShardUpdate update) {
    shards.add(1);
    rejected.add(update.counts().rejected());
    examples.add(update.counts().examples());
    tokens.add(update.counts().tokens());
  }
}
