package io.github.cola4j.examples.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/**
 * Repeated measurements of one quantity.
 *
 * @param values in the order they were taken, at least one
 */
record Samples(double[] values) {

  double median() {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  double min() {
    return Arrays.stream(values).min().orElseThrow();
  }

  double max() {
    return Arrays.stream(values).max().orElseThrow();
  }

  /** Value by value, divided by another quantity's of the same round. */
  Samples dividedBy(Samples other) {
    double[] ratios = new double[values.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = values[i] / other.values[i];
    }
    return new Samples(ratios);
  }

  /** Median and range with so many decimals: {@code 1.12 (1.10..1.20)}. */
  String text(int decimals) {
    String number = "%." + decimals + "f";
    return String.format(
        Locale.ROOT, number + " (" + number + ".." + number + ")", median(), min(), max());
  }

  /**
   * Measures several variants alternately, A B C A B C …, so that a machine that slows down for a
   * while slows all of them.
   *
   * @param warmUp rounds that do not count
   * @return for each variant the values of all rounds
   */
  static List<Samples> interleaved(List<DoubleSupplier> variants, int warmUp, int rounds) {
    double[][] values = new double[variants.size()][rounds];
    for (int round = -warmUp; round < rounds; round++) {
      for (int i = 0; i < values.length; i++) {
        double value = variants.get(i).getAsDouble();
        if (round >= 0) {
          values[i][round] = value;
        }
      }
    }
    return Arrays.stream(values).map(Samples::new).toList();
  }

  /** Runs something; the seconds it took. */
  static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }
}
