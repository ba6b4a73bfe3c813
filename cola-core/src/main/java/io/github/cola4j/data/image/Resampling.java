package io.github.cola4j.data.image;

/**
 * Resizes images as Pillow's {@code Image.resize} does, to the byte: each output pixel is the
 * weighted mean of the input pixels under a filter, which is as wide as the image shrinks; first
 * along rows, then along columns, each rounded to a byte. Weights are fixed-point numbers of 22
 * bits. Pillow 13 begins with columns where that costs less, whose values may differ by 1.
 */
public enum Resampling {
  /** sinc(x) sinc(x / 3). */
  LANCZOS(1, 3) {
    @Override
    double weight(double x) {
      return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  },
  /** A triangle. */
  BILINEAR(2, 1) {
    @Override
    double weight(double x) {
      return Math.max(0, 1 - Math.abs(x));
    }
  },
  /** Keys' cubic convolution with a = −1/2 (IEEE ASSP 29 (6), 1981). */
  BICUBIC(3, 2) {
    @Override
    double weight(double x) {
      double a = -0.5;
      double t = Math.abs(x);
      if (t < 1) {
        return ((a + 2) * t - (a + 3)) * t * t + 1;
      }
      return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
    }
  };

  private static final int BITS = 22;

  private final int number;
  private final double support;

  Resampling(int number, double support) {
    this.number = number;
    this.support = support;
  }

  /** The filter at a distance, in pixels. */
  abstract double weight(double x);

  /**
   * The filter of a number, as Pillow and {@code preprocessor_config.json} have it: 1 Lanczos, 2
   * bilinear, 3 bicubic; null for another.
   */
  public static Resampling of(int number) {
    for (Resampling each : values()) {
      if (each.number == number) {
        return each;
      }
    }
    return null;
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
  }

  /**
   * What each output pixel of a row is made of.
   *
   * @param first the first input pixel of each
   * @param weights of that one and those behind it, in units of 2⁻²²
   */
  private record Taps(int[] first, int[][] weights) {}

  private Taps taps(int in, int out) {
    double scale = (double) in / out;
    double stretch = Math.max(1, scale);
    double reach = support * stretch;
    int[] first = new int[out];
    int[][] weights = new int[out][];
    for (int i = 0; i < out; i++) {
      double center = (i + 0.5) * scale;
      int from = Math.max(0, (int) (center - reach + 0.5));
      int to = Math.min(in, (int) (center + reach + 0.5));
      double[] exact = new double[to - from];
      double sum = 0;
      for (int j = 0; j < exact.length; j++) {
        exact[j] = weight((j + from - center + 0.5) * (1 / stretch));
        sum += exact[j];
      }
      first[i] = from;
      weights[i] = new int[exact.length];
      for (int j = 0; j < exact.length; j++) {
        double units = (sum == 0 ? exact[j] : exact[j] / sum) * (1 << BITS);
        weights[i][j] = (int) (units < 0 ? units - 0.5 : units + 0.5);
      }
    }
    return new Taps(first, weights);
  }

  /** The image in another size; the same one if it has it. */
  public RgbImage resize(RgbImage image, int height, int width) {
    RgbImage wide = image;
    if (width != image.width()) {
      wide = along(image, taps(image.width(), width), image.height(), width, true);
    }
    return height == image.height()
        ? wide
        : along(wide, taps(image.height(), height), height, width, false);
  }

  /** Resizes along rows or along columns. */
  private static RgbImage along(RgbImage image, Taps taps, int height, int width, boolean rows) {
    int c = RgbImage.CHANNELS;
    byte[] in = image.pixels();
    byte[] out = new byte[Math.multiplyExact(c, Math.multiplyExact(height, width))];
    int step = rows ? c : c * image.width();
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int place = rows ? x : y;
        int[] weights = taps.weights[place];
        int start = (rows ? c * image.width() * y : c * x) + step * taps.first[place];
        for (int channel = 0; channel < c; channel++) {
          int sum = 1 << (BITS - 1);
          for (int j = 0; j < weights.length; j++) {
            sum += (in[start + channel + j * step] & 0xff) * weights[j];
          }
          out[at++] = (byte) Math.max(0, Math.min(255, sum >> BITS));
        }
      }
    }
    return new RgbImage(out, height, width);
  }
}
