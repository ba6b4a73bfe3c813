package io.github.cola4j.spark.job;

import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.data.row.ExampleDigest;
import java.io.Serializable;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/**
 * Which examples a data set has: the sum of their SHA-256, so that order and files do not count.
 *
 * @param sum 64 hexadecimal digits; examples are told apart by {@code toString}, as records are
 * @param ordered which examples in which order: their number and 64 hexadecimal digits
 */
public record DataFingerprint(String sum, String ordered) {
  private static final int BITS = 256;

  /** {@link #sum} of a data set. */
  static String of(JavaRDD<?> examples) {
    return both(examples).sum();
  }

  /** {@link #ordered} of a data set. */
  public static String ordered(JavaRDD<?> examples) {
    return both(examples).ordered();
  }

  /** Of a data set in one pass; of one with several partitions there is another one to count. */
  static DataFingerprint both(JavaRDD<?> examples) {
    long[] first = firsts(examples);
    Counted all =
        ConcurrentJobs.collect(
                examples.mapPartitionsWithIndex(
                    (p, rows) -> List.of(count(rows, first[p])).iterator(), false))
            .stream()
            .reduce(new Counted(0, BigInteger.ZERO, BigInteger.ZERO), Counted::plus);
    return new DataFingerprint(
        digits(all.sum()), all.examples() + " examples " + digits(all.ordered()));
  }

  /** The number of each partition's first example. */
  private static long[] firsts(JavaRDD<?> examples) {
    long[] first = new long[examples.getNumPartitions()];
    if (first.length > 1) {
      List<Long> sizes =
          ConcurrentJobs.collect(examples.mapPartitions(rows -> List.of(size(rows)).iterator()));
      for (int p = 1; p < first.length; p++) {
        first[p] = first[p - 1] + sizes.get(p - 1);
      }
    }
    return first;
  }

  private static long size(Iterator<?> rows) {
    long size = 0;
    for (; rows.hasNext(); rows.next()) {
      size++;
    }
    return size;
  }

  private record Counted(long examples, BigInteger sum, BigInteger ordered)
      implements Serializable {
    Counted plus(Counted other) {
      return new Counted(examples + other.examples, sum.add(other.sum), ordered.add(other.ordered));
    }
  }

  private static Counted count(Iterator<?> rows, long first) {
    Counted all = new Counted(0, BigInteger.ZERO, BigInteger.ZERO);
    while (rows.hasNext()) {
      Object example = rows.next();
      String numbered = (first + all.examples()) + " " + example;
      all = all.plus(new Counted(1, ExampleDigest.of(example), ExampleDigest.of(numbered)));
    }
    return all;
  }

  private static String digits(BigInteger sum) {
    return String.format("%064x", sum.mod(BigInteger.ONE.shiftLeft(BITS)));
  }
}
