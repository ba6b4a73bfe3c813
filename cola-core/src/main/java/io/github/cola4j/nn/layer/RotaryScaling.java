package io.github.cola4j.nn.layer;

/**
 * How rotary embeddings are made for texts longer than those of the first training, where a
 * frequency's own length decides ({@link RotaryEmbedding} has the simpler ways).
 */
public final class RotaryScaling {
  private RotaryScaling() {}

  /**
   * YaRN (arXiv 2309.00071, section 3.2): frequencies that turn more than {@code betaFast} times
   * within the first training's length stay, those below {@code betaSlow} turns are divided by the
   * factor, and between is a ramp over the number of the pair.
   *
   * @param factor low frequencies are divided by it
   * @param attentionFactor what queries and keys are multiplied by
   * @param betaFast turns of the ramp's start
   * @param betaSlow turns of its end
   * @param originalPositions the first training's length
   * @param truncate whether the ramp starts and ends at whole pairs
   */
  public record Yarn(
      double factor,
      double attentionFactor,
      double betaFast,
      double betaSlow,
      double originalPositions,
      boolean truncate) {

    /** 0.1 m ln(factor) + 1, the paper's temperature where m is 1. */
    public static double attentionFactor(double factor, double m) {
      return factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1;
    }

    /** For a base θ and r features of a head. */
    public RotaryEmbedding rotary(double theta, int width) {
      double low = pair(betaFast, theta, width);
      double high = pair(betaSlow, theta, width);
      if (truncate) {
        low = Math.floor(low);
        high = Math.ceil(high);
      }
      low = Math.max(low, 0);
      high = Math.min(high, width - 1);
      if (low == high) {
        high += 0.001;
      }
      float[] frequencies = RotaryEmbedding.of(theta, width, null).frequencies();
      for (int i = 0; i < frequencies.length; i++) {
        double ramp = Math.min(1, Math.max(0, (i - low) / (high - low)));
        frequencies[i] = (float) (frequencies[i] / factor * ramp + frequencies[i] * (1 - ramp));
      }
      return new RotaryEmbedding(frequencies, attentionFactor, null);
    }

    /** The pair, not whole, that turns so many times within the first training's length. */
    private double pair(double turns, double theta, int width) {
      return width * Math.log(originalPositions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }
  }

  /**
   * LongRoPE (arXiv 2402.13753): each frequency has a divisor of its own, one for short texts and
   * one for those longer than the first training's.
   *
   * @param shortDivisors of each pair [r/2]
   * @param longDivisors of each pair [r/2]
   * @param attentionFactor what queries and keys are multiplied by
   * @param originalPositions the first training's length
   */
  public record LongRope(
      double[] shortDivisors,
      double[] longDivisors,
      double attentionFactor,
      int originalPositions) {

    /** √(1 + ln(factor) / ln(originalPositions)). */
    public static double attentionFactor(double factor, double originalPositions) {
      return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalPositions));
    }

    /** For a base θ and r features of a head. */
    public RotaryEmbedding rotary(double theta, int width) {
      return new RotaryEmbedding(
          divided(theta, width, shortDivisors),
          attentionFactor,
          new RotaryEmbedding.Extended(divided(theta, width, longDivisors), originalPositions));
    }

    private static float[] divided(double theta, int width, double[] divisors) {
      float[] frequencies = RotaryEmbedding.of(theta, width, null).frequencies();
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] = (float) (frequencies[i] / divisors[i]);
      }
      return frequencies;
    }
  }
}
