package io.github.cola4j.spark.data.summary;

import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How long examples are, in tokens after truncation, special tokens included.
 *
 * @param counts how many examples there are of each length
 */
public record TokenLengths(SortedMap<Integer, Long> counts) implements Serializable {
  /** Of no example. */
  public static final TokenLengths NONE = new TokenLengths(new TreeMap<>());

  /** Copies the map. */
  public TokenLengths {
    counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
  }

  /** How many examples there are. */
  public long examples() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** All tokens. */
  public long total() {
    return counts.entrySet().stream().mapToLong(e -> e.getKey() * e.getValue()).sum();
  }

  /** Tokens of an example; 0 of none. */
  public double mean() {
    return examples() == 0 ? 0 : (double) total() / examples();
  }

  /** The smallest length; 0 of no example. */
  public int shortest() {
    return counts.isEmpty() ? 0 : counts.firstKey();
  }

  /** The largest length; 0 of no example. */
  public int longest() {
    return counts.isEmpty() ? 0 : counts.lastKey();
  }

  /** The smallest length that at least this share of examples does not exceed; 0 of no example. */
  public int quantile(double share) {
    long rank = (long) Math.ceil(share * examples());
    long seen = 0;
    for (Map.Entry<Integer, Long> entry : counts.entrySet()) {
      seen += entry.getValue();
      if (seen >= rank) {
        return entry.getKey();
      }
    }
    return longest();
  }

  /** Of two sets of examples. */
  public TokenLengths plus(TokenLengths other) {
    TreeMap<Integer, Long> sum = new TreeMap<>(counts);
    other.counts.forEach((length, more) -> sum.merge(length, more, Long::sum));
    return new TokenLengths(sum);
  }
}
