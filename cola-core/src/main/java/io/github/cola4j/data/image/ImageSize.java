package io.github.cola4j.data.image;

/** Height and width of the images that a model takes, in pixels. */
public record ImageSize(int height, int width) {
  /** Images of a batch are in memory as floats; a model's are some hundred pixels high. */
  private static final int MAX = 1 << 13;

  /** Refuses sizes that no model has. */
  public ImageSize {
    if (height < 1 || width < 1 || height > MAX || width > MAX) {
      throw new IllegalArgumentException(
          String.format(
              "expected images of 1 to %d pixels in height and width, got %d × %d",
              MAX, height, width));
    }
  }

  @Override
  public String toString() {
    return height + " × " + width;
  }
}
