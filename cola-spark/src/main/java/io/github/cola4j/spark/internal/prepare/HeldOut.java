package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.data.Apportionment;
import java.util.Arrays;

/** How many examples of each class are held out for validation. */
final class HeldOut {
  private HeldOut() {}

  /** Of so many examples a share, at least one. */
  static int of(int examples, double share) {
    return (int) Math.max(1, Math.round(share * examples));
  }

  /**
   * Shares the examples to hold out among classes by largest remainder. As far as the numbers
   * allow, a class of two or more has one on each side, and one of a single example trains.
   *
   * @param held how many to hold out
   * @param sizes of the classes [classes]
   * @return [classes][2] held out, and left to train on
   */
  static int[][] counts(int held, int[] sizes) {
    int[] most = Arrays.stream(sizes).map(size -> Math.max(0, size - 1)).toArray();
    if (Arrays.stream(most).sum() < held) {
      most = sizes;
    }
    int[] fewest = Arrays.stream(sizes).map(size -> size > 1 ? 1 : 0).toArray();
    if (Arrays.stream(fewest).sum() > held) {
      fewest = new int[sizes.length];
    }
    double[] weights = Arrays.stream(sizes).asDoubleStream().toArray();
    int[] out = Apportionment.of(held, weights, fewest, most);
    int[][] counts = new int[sizes.length][];
    for (int c = 0; c < sizes.length; c++) {
      counts[c] = new int[] {out[c], sizes[c] - out[c]};
    }
    return counts;
  }
}
