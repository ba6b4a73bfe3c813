package io.github.cola4j.data.image;

/**
 * Makes an image what a model takes: decoded, resized to bytes, and normalised, (f · value − mean)
 * / std of each channel, which is kept as scale · value + shift until a batch is made.
 *
 * @param size of the images that the model takes
 * @param resampling how others are resized; null refuses others
 * @param factor f
 * @param mean of red, green and blue; 0 each where nothing is subtracted
 * @param std of red, green and blue; 1 each where nothing is divided
 * @param tokens how many tokens the model makes of an image
 */
public record ImageProcessor(
    ImageSize size, Resampling resampling, double factor, Colour mean, Colour std, int tokens) {

  /** A number for each channel. */
  public record Colour(double red, double green, double blue) {
    private double[] channels() {
      return new double[] {red, green, blue};
    }

    private float[] over(Colour divisor, double factor) {
      float[] quotients = new float[RgbImage.CHANNELS];
      for (int c = 0; c < quotients.length; c++) {
        quotients[c] = (float) (factor * channels()[c] / divisor.channels()[c]);
      }
      return quotients;
    }
  }

  /** Refuses what nothing can be divided by. */
  public ImageProcessor {
    if (std.red == 0 || std.green == 0 || std.blue == 0) {
      throw new IllegalArgumentException("image_std must not be 0, got " + std);
    }
  }

  /** What each channel's values are multiplied by. */
  public float[] scale() {
    return new Colour(1, 1, 1).over(std, factor);
  }

  /** What is added to each channel's values then. */
  public float[] shift() {
    return mean.over(std, -1);
  }

  /**
   * Decodes and resizes an image.
   *
   * @return values from 0 to 255, channel by channel and row by row
   * @throws IllegalArgumentException if it cannot be decoded, or has another size and is not to be
   *     resized
   */
  public byte[] process(ImageBytes image) {
    RgbImage decoded = ImageDecoder.decode(image.content());
    if (resampling == null
        && (decoded.height() != size.height() || decoded.width() != size.width())) {
      throw new IllegalArgumentException(
          String.format(
              "has another size than %s: got %d × %d, and do_resize is false",
              size, decoded.height(), decoded.width()));
    }
    RgbImage resized =
        resampling == null ? decoded : resampling.resize(decoded, size.height(), size.width());
    return planes(resized);
  }

  /** Channel by channel. */
  private static byte[] planes(RgbImage image) {
    int plane = image.height() * image.width();
    byte[] planes = new byte[image.pixels().length];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < RgbImage.CHANNELS; c++) {
        planes[c * plane + i] = image.pixels()[i * RgbImage.CHANNELS + c];
      }
    }
    return planes;
  }
}
