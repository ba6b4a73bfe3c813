package io.github.cola4j.nn.batch;

/**
 * Examples of as many features each, one after the other.
 *
 * @param features those of example e from e · width on [examples · width]
 * @param width features of an example
 */
public record FeatureBatch(float[] features, int width) implements Batch {
  /** Refuses features that make no examples. */
  public FeatureBatch {
    if (width < 1 || features.length == 0 || features.length % width != 0) {
      throw new IllegalArgumentException(
          "expected examples of " + width + " features, got " + features.length + " in all");
    }
  }

  /**
   * The features that a batch has.
   *
   * @throws IllegalArgumentException if it has tokens or images
   */
  public static FeatureBatch of(Batch batch) {
    if (batch instanceof FeatureBatch features) {
      return features;
    }
    throw new IllegalArgumentException(
        "expected a batch of features, as networks of numbers take it, got one of "
            + (batch instanceof ImageBatch ? "images" : "tokens"));
  }

  /** The number of examples. */
  public int examples() {
    return features.length / width;
  }
}
