package io.github.cola4j.data.image;

/**
 * A decoded image.
 *
 * @param pixels red, green and blue of each pixel, row by row [height · width · 3]
 */
public record RgbImage(byte[] pixels, int height, int width) {
  /** Channels of an image. */
  public static final int CHANNELS = 3;

  /** Refuses pixels that make no image of the size. */
  public RgbImage {
    if (height < 1
        || width < 1
        || pixels.length != Math.multiplyExact(CHANNELS, Math.multiplyExact(height, width))) {
      throw new IllegalArgumentException(
          String.format(
              "expected %d values of an image of %d × %d pixels, got %d",
              3L * height * width, width, height, pixels.length));
    }
  }
}
