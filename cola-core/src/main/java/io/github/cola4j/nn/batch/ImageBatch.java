package io.github.cola4j.nn.batch;

import java.util.Arrays;
import java.util.List;

/**
 * Images of one size, one after the other.
 *
 * @param pixels those of image i from i · width on, each image channel by channel and row by row
 *     [images · width]
 * @param width numbers of an image: channels · height · width
 * @param tokensEach how many tokens a model makes of an image
 */
public record ImageBatch(float[] pixels, int width, int tokensEach) implements SequenceBatch {
  /** Refuses pixels that make no images. */
  public ImageBatch {
    if (width < 1 || pixels.length == 0 || pixels.length % width != 0) {
      throw new IllegalArgumentException(
          "expected images of " + width + " numbers, got " + pixels.length + " in all");
    }
    if (tokensEach < 1) {
      throw new IllegalArgumentException("an image must make tokens, got " + tokensEach);
    }
  }

  /**
   * The images that a batch has.
   *
   * @throws IllegalArgumentException if it has tokens or features
   */
  public static ImageBatch of(Batch batch) {
    if (batch instanceof ImageBatch images) {
      return images;
    }
    throw new IllegalArgumentException(
        "expected a batch of images, as vision transformers take it, got one of "
            + (batch instanceof TokenBatch ? "tokens" : "features"));
  }

  /** The images of several batches, one after the other. */
  static ImageBatch sideBySide(List<ImageBatch> batches) {
    if (batches.size() == 1) {
      return batches.get(0);
    }
    int length = 0;
    for (ImageBatch batch : batches) {
      length = Math.addExact(length, batch.pixels.length);
    }
    float[] pixels = new float[length];
    int at = 0;
    for (ImageBatch batch : batches) {
      System.arraycopy(batch.pixels, 0, pixels, at, batch.pixels.length);
      at += batch.pixels.length;
    }
    return new ImageBatch(pixels, batches.get(0).width, batches.get(0).tokensEach);
  }

  /** The number of images. */
  public int images() {
    return pixels.length / width;
  }

  @Override
  public int sequences() {
    return images();
  }

  @Override
  public int tokens() {
    return Math.multiplyExact(images(), tokensEach);
  }

  /** Where the images' tokens are, for attention and pooling; the ids say nothing. */
  public TokenBatch places() {
    int[] starts = new int[images() + 1];
    Arrays.setAll(starts, i -> i * tokensEach);
    return new TokenBatch(new int[tokens()], new int[tokens()], starts);
  }
}
