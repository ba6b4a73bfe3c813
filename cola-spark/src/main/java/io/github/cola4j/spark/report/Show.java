package io.github.cola4j.spark.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as a report shows them, the same in every language. */
final class Show {
  /** In the place of a number that there is not. */
  static final String NONE = "–";

  private static final MathContext DIGITS = new MathContext(4);

  private Show() {}

  static String percent(Double share) {
    return share == null || share.isNaN()
        ? NONE
        : String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  static String interval(Interval interval) {
    return String.format(Locale.ROOT, "%.1f–%.1f%%", 100 * interval.low(), 100 * interval.high());
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** Four digits, as a script reads them too. */
  static String number(Double value) {
    if (value == null || value.isNaN() || value.isInfinite()) {
      return NONE;
    }
    double size = Math.abs(value);
    if (size != 0 && (size < 1e-3 || size >= 1e7)) {
      return String.format(Locale.ROOT, "%.3e", value);
    }
    BigDecimal rounded = new BigDecimal(value).round(DIGITS);
    return (rounded.scale() < 0 ? rounded.setScale(0) : rounded).toPlainString();
  }

  static String megabytes(long bytes) {
    return number(bytes / 1e6);
  }

  static String seconds(double seconds) {
    if (seconds < 100) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 6000
        ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
  }
}
