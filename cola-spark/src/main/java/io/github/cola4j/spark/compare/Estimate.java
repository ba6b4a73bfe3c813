package io.github.cola4j.spark.compare;

import java.util.Locale;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.StatUtils;

/**
 * A mean over seeds and how sure it is.
 *
 * @param standardError the sample's standard deviation by √count; not a number for one value
 * @param count how many values
 */
record Estimate(double mean, double standardError, int count) {

  /** Of some values; of none it is not a number. */
  static Estimate of(double[] values) {
    double error =
        values.length < 2 ? Double.NaN : Math.sqrt(StatUtils.variance(values) / values.length);
    return new Estimate(StatUtils.mean(values), error, values.length);
  }

  /** How many standard errors a mean of {@code count} values is from 0 in one of 20 chances. */
  static double errorsOf95Percent(int count) {
    return new TDistribution(count - 1).inverseCumulativeProbability(0.975);
  }

  /** Whether 0 is outside of the 95 % interval of Student's distribution. */
  boolean differsFromZero() {
    return count > 1 && Math.abs(mean) > errorsOf95Percent(count) * standardError;
  }

  /** As {@code 71.0 ± 0.4}. */
  String text(double unit, String format) {
    if (count == 0) {
      return "–";
    }
    String text = String.format(Locale.ROOT, format, mean * unit);
    return count < 2 ? text : text + String.format(Locale.ROOT, " ± %.1f", standardError * unit);
  }
}
