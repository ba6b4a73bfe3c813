package io.github.cola4j.spark.internal.prepare;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Divides a task's examples, class by class: the examples of a class, in the order of a
 * permutation, fill one part after the other. Small whatever the number of examples, so it travels
 * with a closure.
 *
 * @param ends [classes][parts] the permuted position behind a part's last example of a class
 */
record Strata(int[][] ends) implements Serializable {

  /**
   * A division.
   *
   * @param labels the examples' classes [n]
   * @param positions a permutation of 0 … n−1 [n]
   * @param counts [classes][parts] how many examples of a class a part takes: all of them together
   */
  static Strata of(int[] labels, int[] positions, int[][] counts) {
    int[] labelAt = new int[labels.length];
    for (int i = 0; i < labels.length; i++) {
      labelAt[positions[i]] = labels[i];
    }
    int[][] left = Arrays.stream(counts).map(int[]::clone).toArray(int[][]::new);
    int[][] ends = Arrays.stream(counts).map(c -> new int[c.length]).toArray(int[][]::new);
    int[] part = new int[counts.length];
    for (int position = 0; position < labelAt.length; position++) {
      int label = labelAt[position];
      while (left[label][part[label]] == 0) {
        part[label]++;
      }
      left[label][part[label]]--;
      ends[label][part[label]] = position + 1;
    }
    for (int[] end : ends) {
      for (int k = 1; k < end.length; k++) {
        end[k] = Math.max(end[k], end[k - 1]); // a part that takes none
      }
    }
    return new Strata(ends);
  }

  /** The part of the example of a class at a permuted position. */
  int part(int label, int position) {
    int part = 0;
    while (position >= ends[label][part]) {
      part++;
    }
    return part;
  }

  /** How many examples each class has. */
  static int[] sizes(int[] labels, int classes) {
    int[] sizes = new int[classes];
    for (int label : labels) {
      sizes[label]++;
    }
    return sizes;
  }
}
