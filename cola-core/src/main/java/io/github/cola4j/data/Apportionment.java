package io.github.cola4j.data;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Shares whole things out in proportion: largest remainder (Hamilton's method), within bounds. */
public final class Apportionment {
  private Apportionment() {}

  /**
   * Whole numbers that add up to {@code total}, each as near to its share {@code total · w_i / Σ w}
   * as rounding and bounds allow. What these leave over goes one by one to the place furthest from
   * its share, of equal ones to the first.
   *
   * @param weights of the places [n], none negative, one at least above 0
   * @param fewest a place gets at least this [n]
   * @param most a place gets at most this [n]
   * @throws IllegalArgumentException if the bounds do not let {@code total} be reached
   */
  public static int[] of(int total, double[] weights, int[] fewest, int[] most) {
    long least = Arrays.stream(fewest).asLongStream().sum();
    long greatest = Arrays.stream(most).asLongStream().sum();
    double all = Arrays.stream(weights).sum();
    if (total < least || total > greatest || !(all > 0)) {
      throw new IllegalArgumentException(
          String.format(
              "expected weights above 0 and a total from %d to %d, got weights of %s and %d",
              least, greatest, all, total));
    }
    double[] share = Arrays.stream(weights).map(w -> total * w / all).toArray();
    int[] count =
        IntStream.range(0, share.length)
            .map(i -> Math.max(fewest[i], Math.min(most[i], (int) share[i])))
            .toArray();
    int missing = total - Arrays.stream(count).sum();
    while (missing != 0) {
      int step = Integer.signum(missing);
      int furthest = -1;
      for (int i = 0; i < count.length; i++) {
        boolean room = step > 0 ? count[i] < most[i] : count[i] > fewest[i];
        if (room
            && (furthest < 0
                || step * (share[i] - count[i]) > step * (share[furthest] - count[furthest]))) {
          furthest = i;
        }
      }
      count[furthest] += step;
      missing -= step;
    }
    return count;
  }
}
