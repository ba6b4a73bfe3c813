package io.github.cola4j.model.vit;

import io.github.cola4j.nn.batch.ImageBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;

/**
 * The tokens that a block gets: of each image as many, the class token first.
 *
 * @param places where each image's tokens are
 * @param each n, the tokens of an image
 * @param sizes how many tokens of the embedding each one stands for [T]; null where each stands for
 *     itself
 */
record ImageTokens(TokenBatch places, int each, double[] sizes) {

  /** Those of the embedding. */
  static ImageTokens of(ImageBatch batch) {
    return new ImageTokens(batch.places(), batch.tokensEach(), null);
  }

  /** After a merge, which leaves {@code sizes.length} tokens. */
  static ImageTokens merged(int images, double[] sizes) {
    int each = sizes.length / images;
    int[] starts = new int[images + 1];
    Arrays.setAll(starts, i -> i * each);
    TokenBatch places = new TokenBatch(new int[sizes.length], new int[sizes.length], starts);
    return new ImageTokens(places, each, sizes);
  }

  /** The number of images. */
  int images() {
    return places.sequences();
  }

  /** T, the tokens of all images. */
  int count() {
    return places.tokens();
  }

  /** What a token stands for. */
  double size(int token) {
    return sizes == null ? 1 : sizes[token];
  }

  /**
   * How many tokens of an image can be merged of so many: half of those beside the class token at
   * most.
   */
  int mergeable(int wanted) {
    return Math.min(wanted, (each - 1) / 2);
  }
}
