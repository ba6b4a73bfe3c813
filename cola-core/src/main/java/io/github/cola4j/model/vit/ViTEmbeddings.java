package io.github.cola4j.model.vit;

import io.github.cola4j.data.image.RgbImage;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.ImageBatch;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * What the first block gets of an image (arXiv 2010.11929, section 3.1): the class token and a
 * linear map of each patch, X = [c, E p₁, …, E p_N] + positions, [d × N + 1]. E is a convolution
 * whose stride is its size, so a patch is a vector of its pixels, channel by channel and row by
 * row. It is frozen and has no adapter.
 */
final class ViTEmbeddings {
  static final String CLASS_TOKEN = "embeddings.cls_token";
  private static final String POSITIONS = "embeddings.position_embeddings";
  private static final String PROJECTION = "embeddings.patch_embeddings.projection";

  private final ViTConfig config;
  private final FrozenLinear projection; // E [d × channels · height · width of a patch]
  private final Matrix positions; // [d × N + 1], the class token in the first

  ViTEmbeddings(ViTConfig config, WeightLoader load) {
    this.config = config;
    int d = config.hiddenSize();
    projection =
        load.convolution(
            PROJECTION,
            d,
            RgbImage.CHANNELS,
            config.patchSize().height(),
            config.patchSize().width());
    positions = load.vectors(POSITIONS, d, config.patches() + 1);
    double[] all = positions.toDoubles();
    double[] classToken = load.vectors(CLASS_TOKEN, d, 1).toDoubles();
    for (int i = 0; i < d; i++) {
      all[i] += classToken[i];
    }
    positions.set(all);
  }

  /** Gives X [d × tokens], in the pass's working memory. */
  Matrix forward(Pass pass, ImageBatch batch) {
    int d = config.hiddenSize();
    int patches = config.patches();
    if (batch.width()
            != RgbImage.CHANNELS * config.imageSize().height() * config.imageSize().width()
        || batch.tokensEach() != patches + 1) {
      throw new IllegalArgumentException(
          "expected images of "
              + config.imageSize()
              + " pixels, got images of "
              + batch.width()
              + " numbers");
    }
    int columns = batch.images() * patches;
    Matrix pixels = pass.matrix(config.patchLength(), columns);
    pixels.set(patches(batch));
    Matrix embedded = pass.matrix(d, columns);
    projection.forward(pass, pixels, embedded);
    int[] position = new int[batch.tokens()];
    int[] column = new int[columns]; // of each patch in X
    for (int t = 0; t < position.length; t++) {
      position[t] = t % (patches + 1);
    }
    for (int p = 0; p < columns; p++) {
      column[p] = p + p / patches + 1;
    }
    Matrix x = pass.matrix(d, batch.tokens());
    pass.kernels().gather(positions, position, false, x);
    pass.kernels().scatterAdd(embedded, column, x);
    return x;
  }

  /** Each patch's pixels, one patch after the other. */
  private float[] patches(ImageBatch batch) {
    int height = config.patchSize().height();
    int width = config.patchSize().width();
    int imageWidth = config.imageSize().width();
    int plane = config.imageSize().height() * imageWidth;
    float[] all = new float[config.patchLength() * config.patches() * batch.images()];
    int at = 0;
    for (int image = 0; image < batch.images(); image++) {
      for (int row = 0; row < config.patchRows(); row++) {
        for (int column = 0; column < config.patchColumns(); column++) {
          for (int c = 0; c < RgbImage.CHANNELS; c++) {
            for (int y = 0; y < height; y++) {
              int from =
                  image * batch.width()
                      + c * plane
                      + (row * height + y) * imageWidth
                      + column * width;
              System.arraycopy(batch.pixels(), from, all, at, width);
              at += width;
            }
          }
        }
      }
    }
    return all;
  }
}
