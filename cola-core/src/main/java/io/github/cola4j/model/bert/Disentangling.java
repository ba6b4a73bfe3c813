package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The form of disentangled attention (DeBERTa, arXiv 2006.03654 and 2111.09543).
 *
 * @param span half of the table of distances' embeddings
 * @param buckets how many distances share the table: near ones have an entry each, far ones share
 *     it by their logarithm; 0 where each distance has one
 * @param maxDistance the farthest that buckets tell apart
 * @param contentToPosition whether scores are of queries with distances
 * @param positionToContent whether scores are of keys with distances
 * @param shared whether distances are projected by the layers of keys and queries
 * @param normalised whether the table's embeddings are normalised
 */
public record Disentangling(
    int span,
    int buckets,
    int maxDistance,
    boolean contentToPosition,
    boolean positionToContent,
    boolean shared,
    boolean normalised) {
  private static final String KINDS = "pos_att_type";
  private static final String NORM = "norm_rel_ebd";

  /** Checks that buckets have room. */
  public Disentangling {
    if (span < 1
        || buckets < 0
        || (buckets > 0 && (buckets < 4 || maxDistance <= buckets / 2 + 1))) {
      throw new IllegalArgumentException(
          "position_buckets must be at least 4 and max_relative_positions more than half of them"
              + " + 1, got "
              + buckets
              + " and "
              + maxDistance);
    }
  }

  /** Reads the keys of a {@code config.json}. */
  static Disentangling read(ConfigKeys keys, int maxPositions) {
    if (!keys.flag("relative_attention", false)) {
      throw keys.wrong("relative_attention", "true, as in published models");
    }
    List<String> kinds = split(keys, KINDS);
    if (!Set.of("c2p", "p2c").containsAll(kinds)) {
      throw keys.wrong(KINDS, "a list of c2p and p2c");
    }
    List<String> norms = split(keys, NORM);
    if (!Set.of("layer_norm", "none").containsAll(norms)) {
      throw keys.wrong(NORM, "\"layer_norm\" or \"none\"");
    }
    int farthest = orNone(keys, "max_relative_positions");
    int maxDistance = farthest == 0 ? maxPositions : farthest;
    int buckets = orNone(keys, "position_buckets");
    return new Disentangling(
        buckets == 0 ? maxDistance : buckets,
        buckets,
        maxDistance,
        kinds.contains("c2p"),
        kinds.contains("p2c"),
        keys.flag("share_att_key", false),
        norms.contains("layer_norm"));
  }

  /** A list, or a string of parts with | between them. */
  private static List<String> split(ConfigKeys keys, String key) {
    if (keys.has(key) && keys.root().get(key).isTextual()) {
      return List.of(keys.text(key, "").toLowerCase(Locale.ROOT).strip().split("\\s*\\|\\s*"));
    }
    return keys.texts(key);
  }

  /** A number above 0; 0 where the key is left out or −1. */
  private static int orNone(ConfigKeys keys, String key) {
    return keys.root().path(key).asInt(-1) < 1 ? 0 : keys.size(key);
  }

  /** How many products a score is the sum of. */
  int terms() {
    return 1 + (contentToPosition ? 1 : 0) + (positionToContent ? 1 : 0);
  }

  /** The table's column of a distance, the query's place less the key's. */
  int column(int distance) {
    return Math.max(0, Math.min(2 * span - 1, bucket(distance) + span));
  }

  /** In float32, as transformers computes it. */
  private int bucket(int distance) {
    int middle = buckets / 2;
    if (buckets == 0 || Math.abs(distance) <= middle) {
      return distance;
    }
    float logarithm = (float) Math.log((float) Math.abs(distance) / middle);
    float most = (float) Math.log((float) ((maxDistance - 1) / (double) middle));
    int far = (int) Math.ceil(logarithm / most * (middle - 1)) + middle;
    return distance > 0 ? far : -far;
  }
}
