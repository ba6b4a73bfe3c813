package io.github.cola4j.spark.averaging;

import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a task keeps from round to round beside its state, for some ways of averaging: with it, a
 * round is a pure function of what was there before. Arrays are never changed in place.
 *
 * @param velocity the outer optimiser's v [P]; null without one, and before the first round
 * @param moments of each shard, by its number; empty unless shards keep their own
 */
public record AveragingState(float[] velocity, Map<Integer, ShardMoments> moments)
    implements Serializable {
  /** Before the first round. */
  public static final AveragingState NONE = new AveragingState(null, Map.of());

  /** Keeps a copy of the map. */
  public AveragingState {
    moments = Collections.unmodifiableMap(new TreeMap<>(moments));
  }
}
