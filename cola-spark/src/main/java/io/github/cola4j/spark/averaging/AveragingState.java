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

  private static final String VELOCITY = "velocity";
  private static final String FIRST = "m.shard-";
  private static final String SECOND = "v.shard-";

  /** Keeps a copy of the map. */
  public AveragingState {
    moments = Collections.unmodifiableMap(new TreeMap<>(moments));
  }

  /** Adds its vectors by name, to be stored beside the state. */
  public void vectors(Map<String, float[]> vectors) {
    if (velocity != null) {
      vectors.put(VELOCITY, velocity);
    }
    moments.forEach(
        (shard, own) -> {
          vectors.put(FIRST + shard, own.m());
          vectors.put(SECOND + shard, own.v());
        });
  }

  /**
   * What {@link #vectors} added.
   *
   * @throws IllegalArgumentException if a shard has one moment alone
   */
  public static AveragingState of(Map<String, float[]> vectors) {
    Map<Integer, ShardMoments> moments = new TreeMap<>();
    for (Map.Entry<String, float[]> entry : vectors.entrySet()) {
      if (entry.getKey().startsWith(FIRST)) {
        String shard = entry.getKey().substring(FIRST.length());
        float[] second = vectors.get(SECOND + shard);
        if (second == null) {
          throw new IllegalArgumentException("expected '" + SECOND + shard + "' beside the first");
        }
        moments.put(Integer.valueOf(shard), new ShardMoments(entry.getValue(), second));
      }
    }
    return new AveragingState(vectors.get(VELOCITY), moments);
  }
}
