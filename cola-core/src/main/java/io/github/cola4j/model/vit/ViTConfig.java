package io.github.cola4j.model.vit;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.data.image.ImageSize;
import io.github.cola4j.data.image.RgbImage;
import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/**
 * The architecture of a Vision Transformer (arXiv 2010.11929).
 *
 * @param hiddenSize d, a multiple of the blocks' heads
 * @param imageSize of the images that it takes
 * @param patchSize of the pieces that each become a token; what is left at the right and at the
 *     bottom is not looked at
 * @param blocks the blocks' sizes
 * @param qkvBias whether queries, keys and values have a bias
 * @param layerNormEps added to the variance in every layer normalisation
 */
public record ViTConfig(
    int hiddenSize,
    ImageSize imageSize,
    ImageSize patchSize,
    Blocks blocks,
    boolean qkvBias,
    double layerNormEps)
    implements TransformerConfig {
  static final String MODEL_TYPE = "vit";

  /**
   * The blocks.
   *
   * @param heads attention heads of d / heads each
   * @param intermediateSize width of the feed-forward's inner layer
   */
  public record Blocks(int count, int heads, int intermediateSize) {
    /** Checks every value. */
    public Blocks {
      if (count < 1 || heads < 1 || intermediateSize < 1) {
        throw new IllegalArgumentException(
            String.format(
                "layers, heads and intermediateSize must be at least 1, got %d, %d and %d",
                count, heads, intermediateSize));
      }
    }
  }

  /** Checks every value. */
  public ViTConfig {
    if (hiddenSize < 1 || hiddenSize % blocks.heads != 0) {
      throw new IllegalArgumentException(
          "hidden_size must be a multiple of num_attention_heads, got "
              + hiddenSize
              + " and "
              + blocks.heads);
    }
    if (patchSize.height() > imageSize.height() || patchSize.width() > imageSize.width()) {
      throw new IllegalArgumentException(
          "patch_size must be at most image_size, got " + patchSize + " and " + imageSize);
    }
    if (!(layerNormEps > 0 && layerNormEps < 1)) {
      throw new IllegalArgumentException(
          "layer_norm_eps must be between 0 and 1, got " + layerNormEps);
    }
  }

  /**
   * Reads {@code config.json}. What is left out has the value of transformers' {@code ViTConfig}.
   */
  static ViTConfig read(ConfigKeys keys) {
    keys.onlyIfPresent("hidden_act", "gelu");
    if (keys.size("num_channels", RgbImage.CHANNELS) != RgbImage.CHANNELS) {
      throw keys.wrong("num_channels", "3: images have red, green and blue");
    }
    int d = keys.size("hidden_size", 768);
    int heads = keys.size("num_attention_heads", 12);
    if (keys.has("head_dim") && keys.size("head_dim") * heads != d) {
      throw keys.wrong("head_dim", "absent, or hidden_size / num_attention_heads");
    }
    return new ViTConfig(
        d,
        size(keys, "image_size", 224),
        size(keys, "patch_size", 16),
        new Blocks(keys.layers(12), heads, keys.size("intermediate_size", 3072)),
        keys.flag("qkv_bias", true),
        keys.number("layer_norm_eps", 1e-12));
  }

  /** A number for both, or a list of height and width. */
  private static ImageSize size(ConfigKeys keys, String key, int otherwise) {
    JsonNode node = keys.root().path(key);
    if (!node.isArray()) {
      int side = keys.size(key, otherwise);
      return new ImageSize(side, side);
    }
    if (node.size() != 2 || !node.get(0).isInt() || !node.get(1).isInt()) {
      throw keys.wrong(key, "a positive integer, or a list of height and width");
    }
    return new ImageSize(node.get(0).intValue(), node.get(1).intValue());
  }

  /** Rows of patches. */
  int patchRows() {
    return imageSize.height() / patchSize.height();
  }

  /** Patches of a row. */
  int patchColumns() {
    return imageSize.width() / patchSize.width();
  }

  /** N, the patches of an image. */
  int patches() {
    return patchRows() * patchColumns();
  }

  /** Numbers of a patch: channels · height · width. */
  int patchLength() {
    return RgbImage.CHANNELS * patchSize.height() * patchSize.width();
  }

  @Override
  public String modelType() {
    return MODEL_TYPE;
  }

  /** It has no tokens of a vocabulary. */
  @Override
  public int vocabSize() {
    return 0;
  }

  @Override
  public int layers() {
    return blocks.count;
  }

  @Override
  public int heads() {
    return blocks.heads;
  }

  @Override
  public int intermediateSize() {
    return blocks.intermediateSize;
  }

  /** The class token and the patches, in every image. */
  @Override
  public int maxPositions() {
    return patches() + 1;
  }
}
