package io.github.cola4j.spark.compare;

import java.util.List;
import java.util.TreeMap;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/** Estimates what is left of a comparison from the runs that were made. */
final class TimeLeft {
  private final TreeMap<Integer, SummaryStatistics> seconds = new TreeMap<>();

  /** A run was made. */
  void add(int samples, double ran) {
    seconds.computeIfAbsent(samples, key -> new SummaryStatistics()).addValue(ran);
  }

  /**
   * Seconds for runs of these sizes: the mean of those made, in proportion to the nearest size
   * below (or the smallest) where none was.
   */
  double of(List<Integer> left) {
    return left.stream().mapToDouble(this::of).sum();
  }

  private double of(int samples) {
    if (seconds.isEmpty()) {
      return Double.NaN;
    }
    Integer known = seconds.floorKey(samples);
    int nearest = known == null ? seconds.firstKey() : known;
    return seconds.get(nearest).getMean() * Math.max(1, (double) samples / nearest);
  }
}
